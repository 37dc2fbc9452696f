#include "json_schema/schema.hpp"

#include <algorithm>

#include "base/check.hpp"
#include "base/units.hpp"
#include "json_schema/compiled.hpp"
#include "json_schema/values.hpp"

namespace pawl::json_schema {

Schema::Schema(const JsonText& text) {
  auto compiled = std::make_shared<Compiled>();
  if (text.text.size() > bytes_max) {
    compiled->mistakes.push_back(
        {{},
         false,
         false,
         {"the schema has " + format_size(static_cast<std::int64_t>(text.text.size())) +
              ", more than the " + format_size(bytes_max) + " that one may have",
          "name what stands in it often under '$defs', and write '$ref'"}});
  } else if (!json::accept(text.text)) {
    compiled->mistakes.push_back({{}, false, false, {"the schema is no JSON", ""}});
  } else {
    compiled->root = parse_value(text);
    check_schema(*compiled);
  }
  compiled_ = std::move(compiled);
}

const std::vector<Mistake>& Schema::mistakes() const { return compiled_->mistakes; }

bool Schema::is_usable() const {
  return std::ranges::all_of(compiled_->mistakes, &Mistake::is_warning);
}

std::optional<Violation> Schema::violation_in(const JsonText& value) const {
  check(is_usable(), "a schema with mistakes checks nothing");
  return violation_of(*compiled_, parse_value(value));
}

std::optional<Lack> Schema::lack_in(std::span<const Field> fields) const {
  check(is_usable(), "a schema with mistakes knows no fields");
  return lack_of(*compiled_, fields);
}

}  // namespace pawl::json_schema
