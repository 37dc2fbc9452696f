#pragma once

#include <cstddef>
#include <optional>
#include <string_view>

#include "dsl/diagnostic.hpp"
#include "dsl/source_text.hpp"

/// What YAML forbids and yaml-cpp 0.7 lets pass, or reads with a wrong value: found in the source.
namespace pawl::dsl {

/// Offset of the quote that closes the one at `begin`; the end of the text when there is none.
std::size_t closing_quote(std::string_view source, std::size_t begin);

/// The scalar in quotes that begins at `begin` and has the value `text`.
std::optional<Diagnostic> check_quoted(const SourceText& source, std::size_t begin,
                                       std::string_view text);
/// The block scalar whose `|` or `>` stands at `begin`.
std::optional<Diagnostic> check_block_text(const SourceText& source, std::size_t begin,
                                           std::string_view text);

}  // namespace pawl::dsl
