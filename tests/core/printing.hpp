#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "core/failure.hpp"
#include "core/join.hpp"
#include "core/states.hpp"

/// How the core's values read in a failed CHECK.
template <>
struct Catch::StringMaker<pawl::core::StepState> {
  static std::string convert(pawl::core::StepState state) {
    return std::string(pawl::core::name_of(state));
  }
};
template <>
struct Catch::StringMaker<pawl::core::RunPhase> {
  static std::string convert(pawl::core::RunPhase phase) {
    return std::string(pawl::core::name_of(phase));
  }
};
template <>
struct Catch::StringMaker<pawl::core::FailureKind> {
  static std::string convert(pawl::core::FailureKind kind) {
    return std::string(pawl::core::name_of(kind));
  }
};
template <>
struct Catch::StringMaker<pawl::core::Verdict> {
  static std::string convert(pawl::core::Verdict verdict) {
    constexpr const char* names[] = {"wait", "run", "skip", "not_run"};
    return names[static_cast<int>(verdict)];
  }
};
