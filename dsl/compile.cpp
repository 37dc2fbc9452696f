#include "dsl/compile.hpp"

#include <algorithm>

#include "base/text.hpp"
#include "dsl/findings.hpp"
#include "dsl/foreign_keys.hpp"
#include "dsl/front.hpp"
#include "dsl/keys.hpp"
#include "dsl/link.hpp"
#include "dsl/read_bundle.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_inputs.hpp"
#include "dsl/read_settings.hpp"
#include "dsl/read_step.hpp"
#include "dsl/read_steps.hpp"
#include "dsl/read_values.hpp"
#include "dsl/yaml_tree.hpp"

namespace pawl::dsl {

namespace {

constexpr std::size_t name_size_max = 63;

bool is_lower(char c) { return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); }

/// The nearest text that is a name: "Nightly Report" → "nightly-report".
std::string name_from(std::string_view text) {
  std::string name;
  for (char c : text) {
    if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    if (is_lower(c)) {
      name += c;
    } else if (!name.empty() && name.back() != '-') {
      name += '-';
    }
  }
  while (!name.empty() && name.back() == '-') name.pop_back();
  return name.substr(0, name_size_max);
}

bool is_name(std::string_view text) {
  return !text.empty() && text.size() <= name_size_max && is_lower(text.front()) &&
         std::ranges::all_of(text, [](char c) { return is_lower(c) || c == '-'; });
}

/// "workflows/tour.yaml" → "tour".
std::string stem_of(std::string_view file) {
  const std::size_t slash = file.find_last_of('/');
  if (slash != file.npos) file.remove_prefix(slash + 1);
  const std::string name = name_from(file.substr(0, file.find('.')));
  return name.empty() ? "workflow" : name;
}

constexpr std::array compensations = {Spelled<Compensate>{"never", Compensate::never},
                                      Spelled<Compensate>{"on_failure", Compensate::on_failure},
                                      Spelled<Compensate>{"on_cancel", Compensate::on_cancel},
                                      Spelled<Compensate>{"both", Compensate::both}};

/// Reads the keys of the root, in an order in which each finds what it names.
class RootReader {
 public:
  explicit RootReader(Front& front) : front_(front), settings_(front) {}

  void read() {
    make_root();
    const std::vector<Entry> entries = checked_entries(front_, Tree::root(), KeyPlace::root);
    const auto with = [&](std::string_view key, auto&& use) {
      for (const Entry& entry : entries) {
        if (front_.tree.text(entry.key) == key) use(entry);
      }
    };
    with("name", [&](Entry entry) { read_name(entry); });
    with("description",
         [&](Entry entry) { front_.plan.description = read_text(front_, entry).value_or(""); });
    with("labels", [&](Entry entry) { read_labels(entry); });
    with("inputs", [&](Entry entry) { read_inputs(front_, entry); });
    with("env", [&](Entry entry) { read_root_env(entry); });
    with("defaults", [&](Entry entry) { settings_.read_defaults(entry); });
    with("fail_fast", [&](Entry entry) { read_fail_fast(entry); });
    with("max_parallel", [&](Entry entry) {
      std::get<BlockSpec>(front_.plan.steps.front().spec).max_parallel =
          read_parallel(front_, entry).value_or(0);
    });
    with("files", [&](Entry entry) { read_files(entry); });
    with("compensate", [&](Entry entry) {
      front_.plan.compensate =
          read_choice(front_, entry, compensations).value_or(Compensate::never);
    });
    bool has_steps = false;
    with("steps", [&](Entry entry) {
      has_steps = true;
      read_steps(front_, settings_, entry, StepId{0});
    });
    // Another engine's word for it has been reported already.
    const bool is_told = std::ranges::any_of(front_.tree.entries(Tree::root()), [&](Entry entry) {
      return stands_for_steps(front_.tree.text(entry.key));
    });
    if (!has_steps && !is_told) {
      front_.error(Span{1, 1, 1}, "no-steps", "the workflow has no 'steps'",
                   "write 'steps:' and below it '  first: {run: ./program}'");
    }
    with("hooks", [&](Entry entry) { read_run_hooks(front_, settings_, entry); });
    with("outputs", [&](Entry entry) { read_outputs(entry); });
  }

 private:
  void make_root() {
    Step& root = front_.plan.steps.emplace_back();
    root.at = front_.tree.place(Tree::root());
    root.settings = settings_.plain();
    root.spec = BlockSpec{};
    front_.has_needs.push_back(false);
  }

  void read_name(Entry entry) {
    const auto name = read_text(front_, entry);
    if (!name) return;
    if (is_name(*name)) {
      front_.plan.name = *name;
      return;
    }
    const std::string offered = name_from(*name);
    front_.error(entry.value, "name",
                 "the name " + quoted(*name) +
                     " is not made of 1 to 63 small letters, digits and '-', with no '-' in front",
                 offered.empty() ? "" : "write " + quoted(offered));
  }

  void read_labels(Entry entry) {
    if (!expect_map(front_, entry, "write 'labels: {team: data}'")) return;
    for (const Entry& one : front_.tree.entries(entry.value)) {
      if (auto value = read_text(front_, one)) {
        if (value->find("${{") != std::string::npos) {
          front_.error(one.value, "wrong-type", "a label is a fixed text, not an expression",
                       "write the text");
        }
        front_.plan.labels.emplace_back(front_.text(one.key), std::move(*value));
      }
    }
  }

  void read_files(Entry entry) {
    if (front_.tree.kind(entry.value) != NodeKind::list) {
      report_type(front_, entry, "a list of files and folders",
                  "write 'files: [scripts, out.sql]'");
      return;
    }
    for (const NodeId item : front_.tree.items(entry.value)) {
      const auto path = read_text(front_, {entry.key, item});
      if (path) front_.bundle->add(*path, front_.tree.span(item));
    }
  }

  void read_root_env(Entry entry) {
    CodeScope scope;
    scope.steps = ReadMeaning::forbidden;
    scope.place = "'env' of the workflow";
    front_.plan.env = read_env(front_, entry, scope);
  }

  void read_fail_fast(Entry entry) {
    const auto value = read_boolean(front_, entry);
    std::get<BlockSpec>(front_.plan.steps.front().spec).fail_fast = value.value_or(false);
  }

  void read_outputs(Entry entry) {
    if (!expect_map(front_, entry, "write 'outputs: {url: \"${{ steps.NAME.output }}\"}'")) return;
    CodeScope scope;
    scope.reader = outputs_reader;
    scope.steps = ReadMeaning::absent;
    for (const Entry& one : front_.tree.entries(entry.value)) {
      check_id(front_, one.key, "an output");
      if (auto value = read_template(front_, one, scope)) {
        front_.plan.outputs.push_back({front_.text(one.key), std::move(*value)});
      }
    }
  }

  Front& front_;
  SettingsReader settings_;
};

}  // namespace

Compiled compile(std::string_view source, std::string_view file, const Limits& limits,
                 BundleFolder* folder) {
  Compiled compiled;
  const ParsedYaml parsed = parse_yaml(source, limits);
  compiled.diagnostics = parsed.diagnostics;
  if (parsed.tree && parsed.tree->kind(Tree::root()) != NodeKind::map) {
    compiled.diagnostics.push_back({parsed.tree->span(Tree::root()), "wrong-type",
                                    "a workflow file is a map of keys",
                                    "begin with 'name:' and 'steps:'"});
  } else if (parsed.tree) {
    Plan plan;
    plan.file = file;
    plan.name = stem_of(file);
    BundleReader bundle(folder, file, limits, plan, compiled.diagnostics);
    Front front{*parsed.tree, limits, compiled.diagnostics, plan};
    front.bundle = &bundle;
    RootReader(front).read();
    compiled.files = bundle.finish();
    bundle.tell_inputs(front);
    link(front);
    check_cycles(front);
    check_effects(front);
    if (!has_errors(compiled.diagnostics)) {
      find_unused(front);
      find_unreachable(front);
      find_missing(front);
      compiled.plan = std::move(plan);
    }
  }
  sort_unique(compiled.diagnostics);
  return compiled;
}

}  // namespace pawl::dsl
