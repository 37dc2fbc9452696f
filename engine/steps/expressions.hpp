#pragma once

#include "core/expressions.hpp"

namespace pawl::steps {

/// The core's door to Lua. Stateless; each evaluation has an interpreter of its own.
class LuaExpressions : public core::Expressions {
 public:
  Result<bool> condition(const dsl::Plan& plan, const dsl::Code& code,
                         const core::View& view) override;
  Result<JsonText> value(const dsl::Plan& plan, const dsl::Template& text,
                         const core::View& view) override;
  Result<std::vector<core::Item>> items(const dsl::Plan& plan, const dsl::Foreach& each,
                                        const core::View& view) override;
  Result<JsonText> complete_inputs(const dsl::Plan& plan, const JsonText& given,
                                   const core::View& view) override;
  Result<JsonText> complete_form(const dsl::Plan& plan, const std::vector<dsl::Input>& form,
                                 const JsonText& given, const core::View& view) override;
};

}  // namespace pawl::steps
