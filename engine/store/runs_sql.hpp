#pragma once

#include <string>

#include "store/pg.hpp"
#include "store/run_filter.hpp"

namespace pawl::store {

/// The statement that lists the ids of the runs that `filter` means, newest first, behind the run
/// with number $1, at most $2; adds the parameters from $3 on to `params`.
std::string list_filtered(const RunFilter& filter, Params& params);

}  // namespace pawl::store
