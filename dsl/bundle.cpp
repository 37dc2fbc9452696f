#include "dsl/bundle.hpp"

#include <algorithm>
#include <charconv>

#include "base/check.hpp"
#include "base/error.hpp"
#include "base/text.hpp"

/// Stored form: the magic, then for each file a line "x 13 4711\n" (or "- …" for a file that is no
/// program) with the sizes of its path and of its bytes, and these. The workflow is the first file,
/// with an empty path.
namespace pawl::dsl {
namespace {

using namespace std::string_view_literals;

constexpr std::string_view magic = "\0PAWLBUNDLE 1\n"sv;
constexpr std::size_t path_bytes_max = 255;
constexpr int parts_max = 16;

void append(std::string& bytes, std::string_view path, std::string_view text, bool is_program) {
  bytes += is_program ? "x " : "- ";
  bytes += std::to_string(path.size()) + " " + std::to_string(text.size()) + "\n";
  bytes += path;
  bytes += text;
}

[[noreturn]] void damaged() {
  throw Error(ErrorKind::environment, "the stored bundle is damaged",
              "its bytes are not what any build of this version writes",
              "start a new run from the workflow file");
}

/// Takes a number in its shortest spelling, and the character behind it.
std::size_t take_number(std::string_view& bytes, char behind) {
  std::size_t number = 0;
  const auto [end, code] = std::from_chars(bytes.data(), bytes.data() + bytes.size(), number);
  const auto digits = static_cast<std::size_t>(end - bytes.data());
  const bool is_short = digits == 1 || (digits > 1 && bytes.front() != '0');
  if (code != std::errc() || !is_short || digits >= bytes.size() || *end != behind) damaged();
  bytes.remove_prefix(digits + 1);
  return number;
}

std::string take(std::string_view& bytes, std::size_t size) {
  if (size > bytes.size()) damaged();
  std::string taken(bytes.substr(0, size));
  bytes.remove_prefix(size);
  return taken;
}

BundleFile take_file(std::string_view& bytes) {
  const bool is_program = bytes.starts_with("x ");
  if (!is_program && !bytes.starts_with("- ")) damaged();
  bytes.remove_prefix(2);
  const std::size_t path_size = take_number(bytes, ' ');
  const std::size_t size = take_number(bytes, '\n');
  BundleFile file;
  file.path = take(bytes, path_size);
  file.bytes = take(bytes, size);
  file.is_program = is_program;
  return file;
}

}  // namespace

bool is_bundle_path(std::string_view path) {
  if (path.empty() || path.size() > path_bytes_max) return false;
  if (find_invalid_utf8(path) != path.npos) return false;
  const auto is_bad = [](char c) {
    return static_cast<unsigned char>(c) < 0x20 || c == 0x7F || c == '\\';
  };
  if (std::ranges::any_of(path, is_bad)) return false;
  int parts = 0;
  for (std::size_t at = 0; at <= path.size();) {
    const std::size_t end = std::min(path.find('/', at), path.size());
    const std::string_view part = path.substr(at, end - at);
    if (part.empty() || part == "." || part == ".." || ++parts > parts_max) return false;
    at = end + 1;
  }
  return true;
}

std::string encode_bundle(std::string_view workflow, const std::vector<BundleFile>& others) {
  if (others.empty()) return std::string(workflow);
  std::string bytes(magic);
  append(bytes, "", workflow, false);
  std::string_view before;
  for (const BundleFile& file : others) {
    check(is_bundle_path(file.path) && before < file.path, "a bundle has each path once, in order");
    before = file.path;
    append(bytes, file.path, file.bytes, file.is_program);
  }
  return bytes;
}

Bundle decode_bundle(std::string_view bytes) {
  if (!bytes.starts_with('\0')) return {std::string(bytes), {}};
  if (!bytes.starts_with(magic)) damaged();
  bytes.remove_prefix(magic.size());
  BundleFile workflow = take_file(bytes);
  if (!workflow.path.empty() || workflow.is_program || bytes.empty()) damaged();
  Bundle bundle{std::move(workflow.bytes), {}};
  while (!bytes.empty()) {
    BundleFile file = take_file(bytes);
    const bool is_next = bundle.others.empty() || bundle.others.back().path < file.path;
    if (!is_next || !is_bundle_path(file.path)) damaged();
    bundle.others.push_back(std::move(file));
  }
  return bundle;
}

}  // namespace pawl::dsl
