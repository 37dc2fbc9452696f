#pragma once

#include <span>
#include <string>
#include <string_view>

/// `pawl help language`: the keys of a workflow on one page.
namespace pawl::cli {

struct LanguageKey {
  std::string_view of;     ///< "workflow", "step" or "expression".
  std::string_view key;    ///< As it is written; of an expression what it can name.
  std::string_view means;  ///< In a few words.
};

std::span<const LanguageKey> language_keys();
/// An example and the keys, at most 40 rows of 79 cells.
std::string language_page();
/// A key as a line of `help language --json`.
std::string language_record(const LanguageKey& key);

}  // namespace pawl::cli
