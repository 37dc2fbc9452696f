#include "cli/inputs.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <iostream>
#include <iterator>
#include <utility>

#include "base/error.hpp"
#include "base/text.hpp"
#include "cli/json_reading.hpp"
#include "cli/json_record.hpp"
#include "dsl/compile.hpp"
#include "steps/json_values.hpp"

namespace pawl::cli {
namespace {

std::string read_all(const std::string& path, const std::string& what) {
  if (path == "-") return {std::istreambuf_iterator<char>(std::cin), {}};
  std::ifstream file(path, std::ios::binary);
  std::string bytes;
  // Reading a folder opens but cannot be read, so the stream is asked after the bytes.
  if (file) bytes.assign(std::istreambuf_iterator<char>(file), {});
  if (!file) {
    throw Error(ErrorKind::usage, fmt::format("cannot read {} {}", what, pawl::quoted(path)),
                std::strerror(errno), "name a file that you can read, or - for stdin");
  }
  return bytes;
}

std::pair<std::string, std::string> split_pair(const std::string& pair, std::string_view flag,
                                               std::string_view fix) {
  const std::size_t equals = pair.find('=');
  if (equals == std::string::npos || equals == 0) {
    throw Error(ErrorKind::usage, fmt::format("{} {} is not a pair", flag, pawl::quoted(pair)),
                "a pair is written name=value", std::string(fix));
  }
  return {pair.substr(0, equals), pair.substr(equals + 1)};
}

void set_member(Members& members, const std::string& name, JsonText value) {
  const auto found = std::ranges::find(members, name, &Members::value_type::first);
  if (found == members.end()) {
    members.emplace_back(name, std::move(value));
  } else {
    found->second = std::move(value);
  }
}

bool is_file(const dsl::Plan& plan, const std::string& name) {
  const auto input = std::ranges::find(plan.inputs, name, &dsl::Input::name);
  return input != plan.inputs.end() && input->type == dsl::InputType::file;
}

/// A file is named from where the command is typed; steps run elsewhere.
std::string in_place(const dsl::Plan& plan, const std::string& name, const std::string& value) {
  if (!is_file(plan, name) || value.empty()) return value;
  std::error_code none_yet;
  if (!std::filesystem::is_regular_file(value, none_yet)) {
    throw Error(ErrorKind::usage,
                fmt::format("there is no file {} for the input {}", pawl::quoted(value),
                            pawl::quoted(name)),
                "it is looked for in " + std::filesystem::current_path().string(),
                "name a file that is there");
  }
  return std::filesystem::absolute(value, none_yet).lexically_normal();
}

/// The compiler knows the flag that mends it; here the whole command is known.
std::string way_out(const std::string& fix, const std::string& path) {
  constexpr std::string_view flag = "give it with ";
  if (fix.starts_with(flag)) {
    return fmt::format("pawl run {} {}", shell_quoted(path), fix.substr(flag.size()));
  }
  return fix.empty() ? fmt::format("what inputs may be stands in {} below 'inputs:'", path) : fix;
}

}  // namespace

JsonText gather_inputs(const dsl::Plan& plan, const GivenInputs& given, const std::string& path) {
  Members members;
  if (!given.file.empty()) {
    const Result<JsonText> object = parse_object(read_all(given.file, "the inputs"));
    if (!object) {
      throw Error(ErrorKind::usage,
                  fmt::format("the inputs in {} cannot be used", pawl::quoted(given.file)),
                  object.error().message, object.error().fix);
    }
    members = members_of(object.value());
  }
  for (const std::string& pair : given.pairs) {
    auto [name, value] =
        split_pair(pair, "-i", fmt::format("pawl run {} -i name=value", shell_quoted(path)));
    if (is_file(plan, name)) {
      if (value.starts_with('@')) value.erase(0, 1);  // It is a path in any case.
    } else if (value.rfind("@@", 0) == 0) {
      value.erase(0, 1);
    } else if (!value.empty() && value[0] == '@') {
      value = read_all(value.substr(1), fmt::format("the value of input {},", pawl::quoted(name)));
    }
    set_member(members, name, {json_string(in_place(plan, name, value))});
  }
  Result<JsonText> checked = dsl::check_inputs(plan, object_of(members), !given.pairs.empty());
  if (!checked) {
    throw Error(ErrorKind::usage, checked.error().message, "", way_out(checked.error().fix, path));
  }
  return std::move(checked).value();
}

JsonText gather_form(const std::vector<dsl::Input>& form, const std::vector<std::string>& pairs,
                     const std::string& command) {
  Members members;
  for (const std::string& pair : pairs) {
    auto [name, value] = split_pair(pair, "-i", command + " -i name=value");
    set_member(members, name, {json_string(value)});
  }
  dsl::Plan fields;
  fields.name = "the form";
  fields.inputs = form;
  Result<JsonText> checked = dsl::check_inputs(fields, object_of(members), true);
  if (checked) return std::move(checked).value();
  constexpr std::string_view flag = "give it with ";
  const std::string& fix = checked.error().fix;
  throw Error(ErrorKind::usage, checked.error().message, "",
              fix.starts_with(flag) ? command + " " + fix.substr(flag.size())
              : fix.empty()         ? "pawl show RUN STEP has the form"
                                    : fix);
}

JsonText json_argument(const std::string& text, std::string_view what) {
  Result<JsonText> value = steps::compact_json(text);
  if (value) return std::move(value).value();
  throw Error(ErrorKind::usage, fmt::format("{} is no JSON", what), value.error().message,
              "a text needs quotes of its own: '\"eu\"'");
}

JsonText gather_labels(const std::vector<std::string>& pairs) {
  Members members;
  for (const std::string& pair : pairs) {
    auto [name, value] = split_pair(pair, "--label", "--label team=data");
    set_member(members, name, {json_string(value)});
  }
  return object_of(members);
}

}  // namespace pawl::cli
