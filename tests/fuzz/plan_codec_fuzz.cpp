// Any bytes as a stored plan, with a checksum that fits, so that the reader behind it is reached.
// Properties: damage is an Error, nothing worse; what can be read is written back in a form that
// reads the same.
#include <cstdint>

#include "base/check.hpp"
#include "base/error.hpp"
#include "dsl/plan.hpp"

using namespace pawl;
using namespace pawl::dsl;

namespace {

/// "PAWLPLAN", the version in one byte, eight bytes of checksum.
constexpr std::size_t head_size = 8 + 1 + 8;

/// The codec's checksum, FNV-1a: http://www.isthe.com/chongo/tech/comp/fnv/
std::string with_checksum(std::string_view body) {
  std::uint64_t hash = 0xcbf29ce484222325U;
  for (const char c : body) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3U;
  std::string bytes = "PAWLPLAN";
  bytes += static_cast<char>(plan_version);
  for (int shift = 0; shift < 64; shift += 8) bytes += static_cast<char>(hash >> shift & 0xFFU);
  return bytes.append(body);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* bytes, std::size_t size) {
  const std::string given(bytes, bytes + size);
  static const bool knows_head = [] {
    Plan plan;
    plan.steps.resize(1);
    plan.steps[0].settings = std::make_shared<const Settings>();
    const std::string stored = encode_plan(plan);
    return with_checksum(std::string_view(stored).substr(head_size)) == stored;
  }();
  check(knows_head, "the head of a stored plan is as this test makes it");
  for (const std::string& stored :
       {given, with_checksum(std::string_view(given).substr(std::min(size, head_size)))}) {
    try {
      const Plan plan = decode_plan(stored);
      const std::string again = encode_plan(plan);
      check(encode_plan(decode_plan(again)) == again, "a plan survives its stored form");
      for (std::size_t i = 0; i < plan.steps.size(); ++i)
        path_of(plan, StepId{static_cast<std::int32_t>(i)});
    } catch (const Error&) {
      continue;  // Damage found, and named.
    }
  }
  return 0;
}
