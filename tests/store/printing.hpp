#pragma once

#include <catch2/catch.hpp>
#include <string>

#include "base/ids.hpp"
#include "store/store.hpp"

// How a failed CHECK shows what a store answered.

template <class Tag, class Int>
struct Catch::StringMaker<pawl::StrongId<Tag, Int>> {
  static std::string convert(const pawl::StrongId<Tag, Int>& id) {
    return std::to_string(id.value);
  }
};
template <>
struct Catch::StringMaker<pawl::store::CommitResult> {
  static std::string convert(pawl::store::CommitResult result) {
    static constexpr const char* names[] = {"durable", "fenced", "already", "gap"};
    return names[static_cast<int>(result)];
  }
};
template <>
struct Catch::StringMaker<pawl::store::StartReply::Result> {
  static std::string convert(pawl::store::StartReply::Result result) {
    static constexpr const char* names[] = {"started", "exists", "conflict"};
    return names[static_cast<int>(result)];
  }
};
