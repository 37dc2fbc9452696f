#pragma once

#include <functional>
#include <memory>

#include "store/store.hpp"

namespace pawl::store::test {

/// A new, empty database for each call, and sessions on it.
struct Backend {
  std::function<std::function<std::unique_ptr<Store>()>()> make_database;
};

/// What every Store must do. Runs Catch2 sections: call it as the body of a TEST_CASE.
void journal_conforms(const Backend& backend);
void ownership_conforms(const Backend& backend);
void intake_conforms(const Backend& backend);
void reports_conform(const Backend& backend);

}  // namespace pawl::store::test
