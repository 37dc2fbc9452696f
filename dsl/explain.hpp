#pragma once

#include <cstdint>
#include <span>
#include <string>
#include <string_view>
#include <vector>

/// The long form of every code that `pawl check` and a failed step can show: what it means, why it
/// is a mistake, what to do. Tests prove that each code of the sources has a page, that each wrong
/// example gives its code and that each right one compiles clean.
namespace pawl::dsl {

enum class PageKind : std::uint8_t {
  error,    ///< A diagnostic; the file does not run.
  warning,  ///< A diagnostic; the file runs.
  failure   ///< Why a step failed: `error.kind`.
};

struct Page {
  PageKind kind = PageKind::error;
  std::string_view code;
  std::string_view summary;  ///< One line, no full stop.
  std::string_view meaning;  ///< What it is and why it is a mistake.
  std::string_view wrong;    ///< A whole workflow; of a failure: one that ends so. May be empty.
  std::string_view right;    ///< The same, mended. May be empty where `wrong` is.
  std::string_view remedy;   ///< What to do.
};

struct Chapter {
  std::string_view title;
  std::span<const Page> pages;
};

/// All pages, in the order in which a file is read.
std::span<const Chapter> chapters();

/// The pages of `code`: none, one, or two where a diagnostic and a failure share the word.
std::vector<const Page*> pages_of(std::string_view code);

/// Examples show bytes that cannot be printed as their pictures: ␀ for 0, ␇ for 7, ␟ for 0xff.
std::string example_bytes(std::string_view example);

}  // namespace pawl::dsl
