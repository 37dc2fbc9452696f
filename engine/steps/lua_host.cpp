#include "steps/lua_host.hpp"

#include <algorithm>
#include <utility>

#include "base/units.hpp"
#include "steps/json_values.hpp"
#include "steps/lua_files.hpp"
#include "steps/report_file.hpp"

namespace pawl::steps {

std::vector<std::string> LuaHost::hook_calls() { return {"log", "print", "comment"}; }

std::vector<std::string> LuaHost::step_calls() {
  return {"log",        "print",          "comment",        "progress",
          "checkpoint", "checkpoint_due", "step.remaining", "fs.read",
          "fs.write",   "fs.append",      "fs.exists",      "fs.list",
          "fs.remove",  "fs.mkdir"};
}

void LuaHost::post(std::function<void()> work) { context_->post(std::move(work)); }

Result<JsonText> LuaHost::call(std::string_view what, const JsonText& argument) {
  if (what.starts_with("fs.")) return call_files(what, argument, workdir_);
  const auto arguments = items_of(argument).value_or(std::vector<JsonText>{});
  if (what == "log" || what == "print") {
    std::string line;
    for (const JsonText& part : arguments) line += (line.empty() ? "" : " ") + text_of(part);
    post([context = context_, line = std::move(line) + "\n"] {
      context->reports.log(context->job, Stream::out, line);
    });
    return JsonText{};
  }
  if (what == "progress") return call_progress(arguments);
  if (what == "checkpoint") return call_checkpoint(arguments);
  if (what == "comment") return call_comment(arguments);
  if (what == "checkpoint_due") return JsonText{context_->checkpoint_due ? "true" : "false"};
  if (what == "step.remaining") {
    if (!context_->ends_by) return JsonText{"1e308"};  // Without a timeout: as good as for ever.
    const auto left = *context_->ends_by - std::chrono::steady_clock::now();
    const auto millis = std::max<std::int64_t>(
        0, std::chrono::duration_cast<std::chrono::milliseconds>(left).count());
    return JsonText{std::to_string(millis / 1000) + "." + std::to_string(millis % 1000 / 100)};
  }
  return Problem{std::string(what) + " is not available here", ""};
}

Result<JsonText> LuaHost::call_progress(const std::vector<JsonText>& arguments) {
  const JsonText first = arguments.empty() ? JsonText{} : arguments[0];
  ReportedProgress progress;
  if (members_of(first)) {
    progress.fraction = number_of(member_of(first, "fraction"));
    progress.done = number_of(member_of(first, "done"));
    progress.total = number_of(member_of(first, "total"));
    progress.message = text_of(member_of(first, "message"));
  } else {
    progress.fraction = number_of(first);
    if (!progress.fraction) {
      return Problem{"it needs a number from 0 to 1, but got " + shown(first), ""};
    }
    progress.message = arguments.size() > 1 ? text_of(arguments[1]) : "";
  }
  if (progress.fraction) progress.fraction = std::clamp(*progress.fraction, 0.0, 1.0);
  post([report = progress_, progress = std::move(progress)] {
    if (report) report(progress.fraction, progress.done, progress.total, progress.message);
  });
  return JsonText{};
}

Result<JsonText> LuaHost::call_checkpoint(const std::vector<JsonText>& arguments) {
  JsonText value = arguments.empty() ? JsonText{} : arguments[0];
  if (value.text.size() > report_line_max) {
    return Problem{"it may have " + format_size(static_cast<std::int64_t>(report_line_max)) +
                       ", this one has " +
                       format_size(static_cast<std::int64_t>(value.text.size())),
                   "write a file and keep its path"};
  }
  context_->checkpoint_due = false;
  post([context = context_, value = std::move(value)] {
    context->reports.checkpoint(context->job, value);
  });
  return JsonText{};
}

Result<JsonText> LuaHost::call_comment(const std::vector<JsonText>& arguments) {
  const JsonText first = arguments.empty() ? JsonText{} : arguments[0];
  const bool has_kind = members_of(first).has_value();
  std::string kind = has_kind ? text_of(member_of(first, "kind")) : "";
  std::string text = text_of(has_kind ? member_of(first, "text") : first);
  post([context = context_, kind = std::move(kind), text = std::move(text)] {
    context->reports.comment(context->job, kind, text);
  });
  return JsonText{};
}

}  // namespace pawl::steps
