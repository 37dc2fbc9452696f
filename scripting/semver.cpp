#include "scripting/semver.hpp"

#include <algorithm>
#include <charconv>
#include <tuple>

namespace pawl::scripting {
namespace {

bool is_digits(std::string_view text) {
  return !text.empty() &&
         std::all_of(text.begin(), text.end(), [](char c) { return c >= '0' && c <= '9'; });
}

/// Takes the part before the first `stop` off the front of `text`, and the `stop`.
std::string_view take_until(std::string_view& text, char stop) {
  const std::size_t end = std::min(text.find(stop), text.size());
  const std::string_view part = text.substr(0, end);
  text.remove_prefix(std::min(end + 1, text.size()));
  return part;
}

bool parse_number(std::string_view text, std::uint64_t& value) {
  if (!is_digits(text) || (text.size() > 1 && text.front() == '0')) return false;
  return std::from_chars(text.data(), text.data() + text.size(), value).ec == std::errc();
}

/// Identifiers with dots between; numbers without leading zeros where `strict`.
bool are_identifiers(std::string_view text, bool strict) {
  static constexpr std::string_view letters =
      "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-";
  if (text.ends_with('.')) return false;
  do {
    const std::string_view part = take_until(text, '.');
    if (part.empty() || part.find_first_not_of(letters) != std::string_view::npos) return false;
    if (strict && part.size() > 1 && part.front() == '0' && is_digits(part)) return false;
  } while (!text.empty());
  return true;
}

std::strong_ordering compare_identifiers(std::string_view a, std::string_view b) {
  const bool a_number = is_digits(a), b_number = is_digits(b);
  if (a_number != b_number) return b_number <=> a_number;
  if (a_number && a.size() != b.size()) return a.size() <=> b.size();
  return a.compare(b) <=> 0;
}

}  // namespace

std::optional<Version> parse_version(std::string_view text) {
  if (text.size() > 256) return std::nullopt;
  Version version;
  if (const auto plus = text.find('+'); plus != std::string_view::npos) {
    version.build = text.substr(plus + 1);
    if (!are_identifiers(version.build, false)) return std::nullopt;
    text = text.substr(0, plus);
  }
  if (const auto dash = text.find('-'); dash != std::string_view::npos) {
    version.prerelease = text.substr(dash + 1);
    if (!are_identifiers(version.prerelease, true)) return std::nullopt;
    text = text.substr(0, dash);
  }
  const std::string_view major = take_until(text, '.'), minor = take_until(text, '.');
  if (!parse_number(major, version.major) || !parse_number(minor, version.minor) ||
      !parse_number(text, version.patch)) {
    return std::nullopt;
  }
  return version;
}

std::strong_ordering compare_versions(const Version& a, const Version& b) {
  const auto numbers = [](const Version& v) { return std::tie(v.major, v.minor, v.patch); };
  if (const auto order = numbers(a) <=> numbers(b); order != 0) return order;
  if (a.prerelease.empty() || b.prerelease.empty()) {
    return a.prerelease.empty() <=> b.prerelease.empty();
  }
  std::string_view left = a.prerelease, right = b.prerelease;
  while (!left.empty() && !right.empty()) {
    const auto order = compare_identifiers(take_until(left, '.'), take_until(right, '.'));
    if (order != 0) return order;
  }
  return !left.empty() <=> !right.empty();
}

}  // namespace pawl::scripting
