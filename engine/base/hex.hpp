#pragma once

#include <string>
#include <string_view>

namespace pawl {

/// Two small hexadecimal digits for each byte.
std::string to_hex(std::string_view bytes);

}  // namespace pawl
