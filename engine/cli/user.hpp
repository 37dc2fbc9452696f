#pragma once

#include <string>

namespace pawl::cli {

/// Who acts, for the history of a run: "user:ana", from the operating system.
std::string actor();

/// 32 hexadecimal digits by which a request that is sent twice is recognised.
std::string request_id();

}  // namespace pawl::cli
