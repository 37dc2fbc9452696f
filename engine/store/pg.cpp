#include "store/pg.hpp"

#include "base/check.hpp"

namespace pawl::store {

namespace {

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

std::int64_t Params::since_2000(TimePoint at) {
  return std::int64_t{(at.time_since_epoch() - epoch).count()};
}

Params& Params::close() {
  ends_.push_back(buffer_.size());
  nulls_.push_back(false);
  return *this;
}

Params& Params::bytes(std::string_view value) {
  buffer_ += value;
  return close();
}

Params& Params::null() {
  close();
  nulls_.back() = true;
  return *this;
}

void Params::begin_array(ElementType type, std::size_t count) {
  put(std::int32_t{count == 0 ? 0 : 1});  // Dimensions.
  put(std::int32_t{1});                   // There may be nulls.
  put(static_cast<std::int32_t>(type));
  if (count == 0) return;
  put(static_cast<std::int32_t>(count));
  put(std::int32_t{1});  // The first index.
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
std::optional<double> Rows::float8(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return std::bit_cast<double>(from_big_endian<std::int64_t>(cell(row, column)));
}
std::string Rows::bytes(int row, int column) const { return std::string(cell(row, column)); }
TimePoint Rows::time(int row, int column) const {
  return TimePoint{Micros{from_big_endian<std::int64_t>(cell(row, column))} + epoch};
}
std::optional<TimePoint> Rows::maybe_time(int row, int column) const {
  if (is_null(row, column)) return std::nullopt;
  return time(row, column);
}
std::vector<std::int64_t> Rows::int8s(int row, int column) const {
  // Dimensions, flags, type, then for the one dimension length and first index.
  constexpr std::size_t header = 20, length = 4, size = 8;
  const std::string_view bytes = cell(row, column);
  std::vector<std::int64_t> values;
  for (std::size_t at = header; at + length + size <= bytes.size(); at += length + size) {
    values.push_back(from_big_endian<std::int64_t>(bytes.substr(at + length, size)));
  }
  return values;
}

}  // namespace pawl::store
