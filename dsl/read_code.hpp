#pragma once

#include <optional>

#include "dsl/read_names.hpp"

/// Code in scalars: expressions, Lua blocks, shell scripts; with the traps that YAML sets for them.
namespace pawl::dsl {

/// A text with `${{ … }}` in it.
std::optional<Template> read_template(Front& front, Entry entry, const CodeScope& scope);
/// The same for an item of a list, which has no key of its own.
std::optional<Template> read_template_item(Front& front, NodeId item, const CodeScope& scope);
/// A bare expression, or one alone in `${{ … }}`.
std::optional<Code> read_expression(Front& front, Entry entry, const CodeScope& scope);
/// A Lua block.
std::optional<Code> read_lua(Front& front, Entry entry, const CodeScope& scope);
/// A shell script: values reach it through variables made for them.
std::optional<RunSpec> read_script(Front& front, Entry entry, Shell shell, const CodeScope& scope);

}  // namespace pawl::dsl
