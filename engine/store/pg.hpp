#pragma once

#include <libpq-fe.h>

#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "base/handle.hpp"
#include "base/time.hpp"

/// A thin session on libpq: binary parameters and results, statements prepared on first use, errors
/// sorted into Unavailable (try again on a new session) and Error (a person must mend it).
namespace pawl::store {

using PgConn = Handle<PGconn, PQfinish>;
using PgResult = Handle<PGresult, PQclear>;

/// Parameters of one statement in PostgreSQL's binary form, in order.
class Params {
 public:
  Params& int8(std::int64_t value);
  Params& int4(std::int32_t value);
  Params& int2(std::int16_t value);
  Params& float8(double value);
  Params& flag(bool value);
  Params& text(std::string_view value);
  Params& bytes(std::string_view value);
  Params& time(const std::optional<TimePoint>& at);
  Params& null();

  /// Arrays: `begin` with the element's type, then the elements by the functions above.
  Params& int8s(const std::vector<std::int64_t>& values);
  Params& int4s(const std::vector<std::int32_t>& values);
  Params& int2s(const std::vector<std::int16_t>& values);
  Params& times(const std::vector<std::optional<TimePoint>>& values);
  Params& texts(const std::vector<std::string_view>& values);
  Params& byteas(const std::vector<std::string_view>& values);

 private:
  friend class Session;
  std::size_t begin_array(std::uint32_t type, std::size_t count);
  void element(std::string_view bytes);
  void no_element();
  template <class Int>
  void big_endian(Int value);
  void close();

  std::string buffer_;
  std::vector<std::size_t> ends_;
  std::vector<bool> nulls_;
};

/// Rows of a binary result.
class Rows {
 public:
  explicit Rows(PgResult result) : result_(std::move(result)) {}
  int count() const { return PQntuples(result_.get()); }
  bool empty() const { return count() == 0; }
  bool is_null(int row, int column) const { return PQgetisnull(result_.get(), row, column) != 0; }
  std::int64_t int8(int row, int column) const;
  std::int32_t int4(int row, int column) const;
  std::int16_t int2(int row, int column) const;
  bool flag(int row, int column) const;
  double float8(int row, int column) const;
  std::string bytes(int row, int column) const;  ///< text and bytea; empty for null
  std::optional<TimePoint> time(int row, int column) const;
  std::vector<std::int64_t> int8s(int row, int column) const;

 private:
  std::string_view cell(int row, int column) const;
  PgResult result_;
};

/// One connection; one thread.
class Session {
 public:
  /// Throws Unavailable or Error, see open_postgres.
  explicit Session(const std::string& url);

  /// Runs a prepared statement: `sql` must be a literal, its address names it.
  Rows run(const char* sql, const Params& params = {});
  /// Runs text without parameters, also several statements; not prepared.
  void script(const std::string& sql);

 private:
  PgResult checked(PgResult result);
  PgConn connection_;
  std::map<const char*, std::string> prepared_;
};

}  // namespace pawl::store
