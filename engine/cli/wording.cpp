#include "cli/wording.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <ctime>

#include "base/text.hpp"
#include "base/units.hpp"
#include "cli/command.hpp"

namespace pawl::cli {
namespace {

std::tm local(TimePoint at) {
  const std::time_t seconds = std::chrono::system_clock::to_time_t(at);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  return parts;
}

}  // namespace

std::string clock_text(TimePoint at) {
  const std::tm parts = local(at);
  return fmt::format("{:02}:{:02}:{:02}", parts.tm_hour, parts.tm_min, parts.tm_sec);
}

std::string clock_millis(TimePoint at) {
  const auto millis = std::chrono::floor<Millis>(at.time_since_epoch()).count() % 1000;
  return fmt::format("{}.{:03}", clock_text(at), millis < 0 ? millis + 1000 : millis);
}

std::string day_and_clock(TimePoint at) {
  const std::tm parts = local(at);
  return fmt::format("{:04}-{:02}-{:02} {:02}:{:02}", parts.tm_year + 1900, parts.tm_mon + 1,
                     parts.tm_mday, parts.tm_hour, parts.tm_min);
}

std::string full_time(TimePoint at) {
  constexpr std::size_t day_cells = 10;
  return day_and_clock(at).substr(0, day_cells + 1) + clock_millis(at);
}

std::string failure_text(const core::Failure& failure) {
  const std::string message = one_line(failure.message);
  if (!failure.exit_code) return message.empty() ? std::string(name_of(failure.kind)) : message;
  std::string code = fmt::format("exit {}", *failure.exit_code);
  if (message.empty() || message == code) return code;
  const std::string said = reason_text(message);
  return said.rfind(code, 0) == 0 ? said : fmt::format("{}, \"{}\"", code, message);
}

std::string tries_text(const core::Instance& instance) {
  const std::int32_t tries = std::max(instance.tries, 1);
  const std::string own = fmt::format("{} {}", tries, tries == 1 ? "try" : "tries");
  if (instance.attempt <= tries) return own;
  return own + fmt::format(", {} in all", instance.attempt);
}

std::string foreach_text(const dsl::Foreach& each) {
  if (each.matrix) {
    std::string names;
    for (const auto& [name, values] : each.matrix->axes) {
      names += (names.empty() ? "" : " and ") + name;
    }
    return "for each " + names;
  }
  const std::vector<dsl::Template::Piece>& code = each.items.expression.pieces;
  if (!code.empty()) return "for each of " + one_line(code[0].text);
  return "for each of " + counted(static_cast<std::int64_t>(each.items.written.size()), "item");
}

std::string duration_text(Millis span) {
  constexpr std::pair<std::int64_t, std::string_view> units[] = {
      {86'400'000, "d"}, {3'600'000, "h"}, {60'000, "m"}, {1'000, "s"}, {1, "ms"}};
  std::int64_t rest = span.count();
  std::string out;
  for (const auto& [millis, unit] : units) {
    if (rest < millis) continue;
    out += fmt::format("{}{}", rest / millis, unit);
    rest %= millis;
  }
  return out.empty() ? "0s" : out;
}

std::string wait_text(const core::Instance& instance, const dsl::Step& step, TimePoint now) {
  const std::string left =
      instance.due_at ? format_duration(std::max(Micros{0}, *instance.due_at - now)) : "";
  if (instance.reason == core::Reason::timer) {
    const bool is_round = dsl::rule_of(step) == dsl::BlockRule::rounds;
    return is_round ? "for its turn in " + left : "for " + left + " more";
  }
  std::string out = one_line(instance.note);
  const auto* spec = std::get_if<dsl::ApprovalSpec>(&step.spec);
  if (spec == nullptr) return left.empty() ? out : fmt::format("{}, {} at most", out, left);
  if (spec->quorum > 1 && instance.waiting) {
    out += fmt::format(", {} of {}", instance.waiting->votes.size(), spec->quorum);
  }
  if (left.empty()) return out;
  constexpr std::string_view ways[] = {"rejects itself", "approves itself", "fails"};
  return fmt::format("{}, {} in {}", out, ways[static_cast<std::size_t>(spec->on_expire)], left);
}

std::string answer_command(const core::Instance& instance, std::int64_t number,
                           const std::string& path) {
  if (instance.state != core::StepState::waiting || !instance.waiting) return "";
  if (instance.reason == core::Reason::approval) {
    return fmt::format("pawl approve {} {}", number, shell_quoted(path));
  }
  return fmt::format("pawl signal {} {}", number, shell_quoted(instance.waiting->signal));
}

std::string rule_text(const dsl::BlockSpec& block) {
  const auto count = static_cast<std::int64_t>(block.children.size());
  if (block.choice) {
    const auto& code = block.choice->value.pieces;
    return fmt::format("switch on {}, {}", code.empty() ? "" : one_line(code[0].text),
                       counted(count, "case"));
  }
  if (block.rounds) {
    const auto [done, max, every] = *block.rounds;
    const std::string pace = every.count() > 0 ? ", every " + duration_text(every) : "";
    return fmt::format("loop until {}, at most {}{}", one_line(done.text), counted(max, "round"),
                       pace);
  }
  if (block.rule == dsl::BlockRule::race) {
    return fmt::format("race of {}", count == 1 ? "1 branch" : fmt::format("{} branches", count));
  }
  return "";
}

std::string reason_text(std::string_view note) {
  std::string line = one_line(note);
  constexpr std::string_view begin = "exit code ";
  if (line.rfind(begin, 0) != 0) return line;
  const std::size_t end = line.find_first_not_of("0123456789", begin.size());
  std::string code = "exit " + line.substr(begin.size(), end - begin.size());
  if (end == std::string::npos) return code;
  return line.compare(end, 2, ": ") == 0 ? fmt::format("{}, \"{}\"", code, line.substr(end + 2))
                                         : line;
}

std::string thousands(std::int64_t number) {
  std::string digits = std::to_string(number);
  for (std::size_t i = digits.size(); i > 3; i -= 3) digits.insert(i - 3, ",");
  return digits;
}

std::string progress_text(const store::Progress& progress) {
  std::string out;
  const auto add = [&](const std::string& part) { out += (out.empty() ? "" : ", ") + part; };
  if (progress.fraction) add(fmt::format("{:.0f} %", *progress.fraction * 100));
  if (progress.done && progress.total) {
    add(fmt::format("{:g} of {:g}", *progress.done, *progress.total));
  }
  if (!progress.message.empty()) add(one_line(progress.message));
  return out;
}

std::string counted(std::int64_t count, std::string_view word) {
  return fmt::format("{} {}{}", thousands(count), word, count == 1 ? "" : "s");
}

int exit_code_of(core::RunPhase phase) {
  if (phase == core::RunPhase::succeeded) return exit_success;
  return phase == core::RunPhase::cancelled ? exit_cancelled : exit_run_failed;
}

}  // namespace pawl::cli
