#include "dsl/read_waits.hpp"

#include <algorithm>
#include <array>

#include "base/text.hpp"
#include "base/time.hpp"
#include "base/units.hpp"
#include "dsl/keys.hpp"
#include "dsl/read_code.hpp"
#include "dsl/read_inputs.hpp"
#include "dsl/read_step.hpp"
#include "dsl/read_values.hpp"

namespace pawl::dsl {
namespace {

using namespace std::string_view_literals;

constexpr std::array rejections = {Spelled<OnReject>{"fail", OnReject::fail},
                                   Spelled<OnReject>{"continue", OnReject::resume}};
constexpr std::array expiries = {Spelled<OnExpire>{"reject", OnExpire::reject},
                                 Spelled<OnExpire>{"approve", OnExpire::approve},
                                 Spelled<OnExpire>{"fail", OnExpire::fail}};

std::string_view literal_of(const Template& text) {
  return text.pieces.empty() ? "" : std::string_view(text.pieces[0].text);
}

/// A duration, or an expression that gives one as text.
std::optional<Template> read_span(Front& front, Entry entry, const CodeScope& scope) {
  auto text = read_template(front, entry, scope);
  if (!text || !text->is_literal()) return text;
  const Result<Millis> span = parse_duration(literal_of(*text));
  if (span) return text;
  front.error(entry.value, "duration", span.error().message, span.error().fix);
  return std::nullopt;
}

std::optional<Template> read_instant(Front& front, Entry entry, const CodeScope& scope) {
  auto text = read_template(front, entry, scope);
  if (!text || !text->is_literal() || from_rfc3339(literal_of(*text))) return text;
  front.error(entry.value, "wrong-type", quoted(literal_of(*text)) + " is no time",
              "write for example 2026-12-01T09:00:00Z, or +01:00 for an offset");
  return std::nullopt;
}

/// Who may decide: names of people.
void read_approvers(Front& front, Entry entry, const CodeScope& scope, ApprovalSpec& spec) {
  if (front.tree.kind(entry.value) != NodeKind::list) {
    report_type(front, entry, "a list of names", "write 'approvers: [ana, ben]'");
    return;
  }
  for (const NodeId item : front.tree.items(entry.value)) {
    auto name = read_template_item(front, item, scope);
    if (!name) continue;
    const std::string_view text = name->is_literal() ? literal_of(*name) : "";
    if (text.starts_with("role:") || text.starts_with("group:")) {
      front.error(item, "not-available", quoted(text) + ": roles are not available in this version",
                  "write the names of the people");
    } else {
      spec.approvers.push_back(std::move(*name));
    }
  }
}

void read_options(Front& front, Entry entry, ApprovalSpec& spec) {
  if (front.tree.kind(entry.value) != NodeKind::list) {
    report_type(front, entry, "a list of texts", "write 'options: [quick, thorough]'");
    return;
  }
  for (const NodeId item : front.tree.items(entry.value)) {
    const std::string text = front.text(item);
    const bool is_text = front.tree.kind(item) == NodeKind::scalar && !text.empty();
    if (!is_text || text == "rejected" || text.find("${{") != std::string::npos) {
      front.error(
          item, "wrong-type",
          text == "rejected" ? "'rejected' is what a rejection gives" : "an option is a fixed text",
          "write 'options: [quick, thorough]'");
    } else if (std::ranges::find(spec.options, text) != spec.options.end()) {
      front.error(item, "wrong-type", "the option " + quoted(text) + " stands here twice",
                  "remove one of them");
    } else {
      spec.options.push_back(text);
    }
  }
}

}  // namespace

std::optional<WaitSpec> read_wait(Front& front, Entry entry, StepId step) {
  constexpr std::string_view example =
      "write 'wait: 2h', 'wait: {at: …}' or 'wait: {signal: name}'";
  const CodeScope scope = scope_of(step);
  WaitSpec spec;
  if (front.tree.kind(entry.value) == NodeKind::scalar) {
    spec.span = read_span(front, entry, scope);
    return spec;
  }
  if (!expect_map(front, entry, example)) return std::nullopt;
  for (const Entry& one : checked_entries(front, entry.value, KeyPlace::wait)) {
    const std::string_view key = front.tree.text(one.key);
    if (key == "at") {
      spec.until = read_instant(front, one, scope);
      if (!spec.until) return std::nullopt;
    } else if (key == "signal") {
      spec.signal = read_template(front, one, scope);
      if (!spec.signal) return std::nullopt;
      if (spec.signal->is_literal() && literal_of(*spec.signal).empty()) {
        front.error(one.value, "wait", "'signal' names no signal", "write 'signal: paid'");
        return std::nullopt;
      }
    } else if (key == "match") {
      CodeScope match = scope;
      match.output = true;
      spec.match = read_expression(front, one, match);
    } else if (key == "timeout") {
      spec.timeout = read_span(front, one, scope);
    } else if (key == "buffered") {
      spec.buffered = read_boolean(front, one).value_or(true);
    }
  }
  if (spec.until && spec.signal) {
    front.error(entry.key, "wait", "'wait' has both 'at' and 'signal'",
                "make a 'race' of two waits: the first that ends wins");
    return std::nullopt;
  }
  if (!spec.until && !spec.signal) {
    front.error(entry.key, "wait", "'wait' does not say what for", std::string(example));
    return std::nullopt;
  }
  for (const Entry& one : front.tree.entries(entry.value)) {
    const std::string_view key = front.tree.text(one.key);
    if (!spec.until || (key != "match" && key != "timeout" && key != "buffered")) continue;
    front.error(one.key, "wait", quoted(key) + " belongs to a wait for a signal", "remove it");
  }
  return spec;
}

std::optional<ApprovalSpec> read_approval(Front& front, Entry entry, StepId step) {
  constexpr std::string_view example = "write 'approval: {title: \"Publish?\"}'";
  const CodeScope scope = scope_of(step);
  if (!expect_map(front, entry, example)) return std::nullopt;
  ApprovalSpec spec;
  bool has_title = false;
  constexpr std::int64_t people_most = 1000;
  for (const Entry& one : checked_entries(front, entry.value, KeyPlace::approval)) {
    const std::string_view key = front.tree.text(one.key);
    if (key == "title" || key == "body") {
      has_title = has_title || key == "title";
      auto text = read_template(front, one, scope);
      if (text) (key == "title" ? spec.title : spec.body) = std::move(*text);
    } else if (key == "form") {
      spec.form = read_form(front, one, scope);
    } else if (key == "options") {
      read_options(front, one, spec);
    } else if (key == "approvers") {
      read_approvers(front, one, scope, spec);
    } else if (key == "quorum") {
      spec.quorum = static_cast<std::int32_t>(read_integer(front, one, 1, people_most).value_or(1));
    } else if (key == "allow_self") {
      spec.allow_self = read_boolean(front, one).value_or(true);
    } else if (key == "expires") {
      spec.expires = read_span(front, one, scope);
    } else if (key == "on_expire") {
      spec.on_expire = read_choice(front, one, expiries).value_or(OnExpire::reject);
    } else if (key == "on_reject") {
      spec.on_reject = read_choice(front, one, rejections).value_or(OnReject::fail);
    }
  }
  if (!has_title) {
    front.error(entry.key, "approval", "'approval' has no 'title': what is to be decided?",
                std::string(example));
  }
  const auto named = static_cast<std::int32_t>(spec.approvers.size());
  if (named > 0 && spec.quorum > named) {
    front.error(entry.key, "approval",
                "'quorum' asks for " + std::to_string(spec.quorum) +
                    " people, and 'approvers' has " + std::to_string(named),
                "lower 'quorum', or name more people");
  }
  return spec;
}

std::string read_cancel_when(Front& front, Entry entry) {
  if (!expect_map(front, entry, "write 'cancel_when: {signal: name}'")) return "";
  std::string name;
  for (const Entry& one : checked_entries(front, entry.value, KeyPlace::cancel_when)) {
    name = read_text(front, one).value_or("");
  }
  if (name.find("${{") != std::string::npos) {
    front.error(entry.value, "wrong-type", "the name of the signal is a fixed text",
                "write the name");
  } else if (name.empty()) {
    front.error(entry.key, "wait", "'cancel_when' names no signal",
                "write 'cancel_when: {signal: name}'");
  }
  return name;
}

}  // namespace pawl::dsl
