#pragma once

#include "dsl/explain.hpp"

/// The texts, one file a chapter.
namespace pawl::dsl {

std::span<const Page> yaml_pages();
std::span<const Page> limit_pages();
std::span<const Page> key_pages();
std::span<const Page> step_pages();
std::span<const Page> bundle_pages();
std::span<const Page> expression_pages();
std::span<const Page> shell_pages();
std::span<const Page> finding_pages();
std::span<const Page> failure_pages();

}  // namespace pawl::dsl
