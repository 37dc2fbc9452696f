#include "base/crash_point.hpp"

#include <unistd.h>

#include <algorithm>
#include <charconv>
#include <csignal>
#include <cstdlib>
#include <string>

#include "base/error.hpp"
#include "base/text.hpp"

namespace pawl {

namespace detail {
std::atomic<int> armed_crash_point{-2};  // Equal to no number, nor to no_crash_point.
}  // namespace detail

namespace {

std::atomic<int> passages_left{0};
int raised = SIGKILL;

#ifdef PAWL_CRASH_POINTS
constexpr bool obeyed = true;
#else
constexpr bool obeyed = false;
#endif

}  // namespace

void detail::pass_armed_crash_point() {
  if (passages_left.fetch_sub(1) == 1) ::kill(::getpid(), raised);
}

void arm_crash_point() {
  const char* variable = std::getenv("PAWL_CRASH_AT");
  if (variable == nullptr) return;
  if (!obeyed) {
    throw Error(ErrorKind::usage, "PAWL_CRASH_AT is set, and this build has no crash points",
                "they are for tests", "unset PAWL_CRASH_AT");
  }
  const std::string_view text = variable;
  const std::size_t name_end = std::min(text.find(':'), text.size());
  const auto* const found = std::ranges::find(crash_points, text.substr(0, name_end));
  int passage = 1;
  std::string_view rest = text.substr(name_end);
  if (rest.size() > 1) {
    const auto [end, error] = std::from_chars(rest.data() + 1, rest.data() + rest.size(), passage);
    rest = std::string_view(end, static_cast<std::size_t>(rest.data() + rest.size() - end));
    if (error != std::errc{}) passage = 0;
  }
  if (found == std::ranges::end(crash_points) || passage < 1 ||
      (!rest.empty() && rest != ":stop")) {
    throw Error(ErrorKind::usage, "PAWL_CRASH_AT=" + quoted(text) + " names no crash point",
                "it is NAME[:N[:stop]], with a name of base/crash_point.hpp");
  }
  if (!rest.empty()) raised = SIGSTOP;
  passages_left = passage;
  detail::armed_crash_point = static_cast<int>(found - std::ranges::begin(crash_points));
}

}  // namespace pawl
