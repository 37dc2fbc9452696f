#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "dsl/explain.hpp"

/// What `pawl explain` prints.
namespace pawl::cli {

/// "error", "warning", "failure"
std::string_view name_of(dsl::PageKind kind);

/// A page for people: summary, meaning, both examples, what to do.
std::string page_text(const dsl::Page& page);
std::string page_record(const dsl::Page& page);

/// Every code with its line, by chapter.
std::string chapters_text(std::span<const dsl::Chapter> chapters);

/// The code in what people paste: "error[unknown-key]" and "[unknown-key]" mean unknown-key.
std::string_view code_in(std::string_view word);

/// At most three codes that `word` may have meant: the nearest, and those that hold it.
std::vector<std::string_view> codes_near(std::string_view word);

}  // namespace pawl::cli
