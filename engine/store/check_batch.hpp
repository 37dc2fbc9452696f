#pragma once

#include "store/store.hpp"

namespace pawl::store {

/// Aborts when the sender broke an invariant of Batch. The database would not notice: a run twice
/// in a batch gives version 1 and two events.
void check_batch(const Batch& batch);

}  // namespace pawl::store
