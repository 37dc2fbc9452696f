#include "store/pg.hpp"

#include <bit>

#include "base/check.hpp"

namespace pawl::store {

namespace {

// Types of array elements: src/include/catalog/pg_type.dat of PostgreSQL.
constexpr std::uint32_t type_bytea = 17, type_int8 = 20, type_int2 = 21, type_int4 = 23,
                        type_text = 25, type_timestamptz = 1184;
/// PostgreSQL counts from 2000-01-01.
constexpr Micros epoch{std::int64_t{946'684'800} * 1'000'000};

template <class Int>
Int from_big_endian(std::string_view bytes) {
  check(bytes.size() == sizeof(Int), "a column has another type than expected");
  std::make_unsigned_t<Int> value = 0;
  for (const char c : bytes) {
    value = static_cast<std::make_unsigned_t<Int>>(value << 8 | static_cast<unsigned char>(c));
  }
  return static_cast<Int>(value);
}

}  // namespace

template <class Int>
void Params::big_endian(Int value) {
  for (int shift = static_cast<int>(sizeof(Int)) * 8 - 8; shift >= 0; shift -= 8) {
    buffer_ += static_cast<char>((static_cast<std::make_unsigned_t<Int>>(value) >> shift) & 0xFF);
  }
}

void Params::close() {
  ends_.push_back(buffer_.size());
  nulls_.push_back(false);
}

Params& Params::int8(std::int64_t value) { return big_endian(value), close(), *this; }
Params& Params::int4(std::int32_t value) { return big_endian(value), close(), *this; }
Params& Params::int2(std::int16_t value) { return big_endian(value), close(), *this; }
Params& Params::float8(double value) {
  return big_endian(std::bit_cast<std::int64_t>(value)), close(), *this;
}
Params& Params::flag(bool value) { return buffer_ += value ? '\1' : '\0', close(), *this; }
Params& Params::text(std::string_view value) { return buffer_ += value, close(), *this; }
Params& Params::bytes(std::string_view value) { return buffer_ += value, close(), *this; }
Params& Params::time(const std::optional<TimePoint>& at) {
  return at ? int8((at->time_since_epoch() - epoch).count()) : null();
}
Params& Params::null() {
  ends_.push_back(buffer_.size());
  nulls_.push_back(true);
  return *this;
}

std::size_t Params::begin_array(std::uint32_t type, std::size_t count) {
  big_endian(std::int32_t{count == 0 ? 0 : 1});
  big_endian(std::int32_t{1});  // There may be nulls.
  big_endian(static_cast<std::int32_t>(type));
  if (count > 0) {
    big_endian(static_cast<std::int32_t>(count));
    big_endian(std::int32_t{1});
  }
  return buffer_.size();
}

void Params::element(std::string_view bytes) {
  big_endian(static_cast<std::int32_t>(bytes.size()));
  buffer_ += bytes;
}

void Params::no_element() { big_endian(std::int32_t{-1}); }

Params& Params::int8s(const std::vector<std::int64_t>& values) {
  begin_array(type_int8, values.size());
  for (const auto value : values) big_endian(std::int32_t{8}), big_endian(value);
  return close(), *this;
}
Params& Params::int4s(const std::vector<std::int32_t>& values) {
  begin_array(type_int4, values.size());
  for (const auto value : values) big_endian(std::int32_t{4}), big_endian(value);
  return close(), *this;
}
Params& Params::int2s(const std::vector<std::int16_t>& values) {
  begin_array(type_int2, values.size());
  for (const auto value : values) big_endian(std::int32_t{2}), big_endian(value);
  return close(), *this;
}
Params& Params::times(const std::vector<std::optional<TimePoint>>& values) {
  begin_array(type_timestamptz, values.size());
  for (const auto& at : values) {
    if (!at) {
      no_element();
      continue;
    }
    big_endian(std::int32_t{8});
    big_endian(static_cast<std::int64_t>((at->time_since_epoch() - epoch).count()));
  }
  return close(), *this;
}
Params& Params::texts(const std::vector<std::string_view>& values) {
  begin_array(type_text, values.size());
  for (const auto value : values) element(value);
  return close(), *this;
}
Params& Params::byteas(const std::vector<std::string_view>& values) {
  begin_array(type_bytea, values.size());
  for (const auto value : values) element(value);
  return close(), *this;
}

std::string_view Rows::cell(int row, int column) const {
  return {PQgetvalue(result_.get(), row, column),
          static_cast<std::size_t>(PQgetlength(result_.get(), row, column))};
}
std::int64_t Rows::int8(int row, int column) const {
  return is_null(row, column) ? 0 : from_big_endian<std::int64_t>(cell(row, column));
}
std::int32_t Rows::int4(int row, int column) const {
  return is_null(row, column) ? 0 : from_big_endian<std::int32_t>(cell(row, column));
}
std::int16_t Rows::int2(int row, int column) const {
  return is_null(row, column) ? std::int16_t{0} : from_big_endian<std::int16_t>(cell(row, column));
}
bool Rows::flag(int row, int column) const {
  return !is_null(row, column) && cell(row, column) == std::string_view("\1", 1);
}
double Rows::float8(int row, int column) const {
  return std::bit_cast<double>(from_big_endian<std::int64_t>(cell(row, column)));
}
std::string Rows::bytes(int row, int column) const { return std::string(cell(row, column)); }
std::optional<TimePoint> Rows::time(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return TimePoint{Micros{from_big_endian<std::int64_t>(cell(row, column))} + epoch};
}
std::vector<std::int64_t> Rows::int8s(int row, int column) const {
  const std::string_view bytes = cell(row, column);
  std::vector<std::int64_t> values;
  constexpr std::size_t header = 20;
  for (std::size_t at = header; at + 12 <= bytes.size(); at += 12) {
    values.push_back(from_big_endian<std::int64_t>(bytes.substr(at + 4, 8)));
  }
  return values;
}
}  // namespace pawl::store
