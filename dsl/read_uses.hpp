#pragma once

#include <memory>
#include <optional>

#include "dsl/front.hpp"

namespace pawl::dsl {

struct Uses {
  UsesSpec spec;
  std::shared_ptr<const JsonText> output_schema;  ///< Of the action; null: none.
};

/// The entry `uses` of a step. What it gives to the action is checked as far as it is constant.
std::optional<Uses> read_uses(Front& front, Entry entry, StepId reader);

}  // namespace pawl::dsl
