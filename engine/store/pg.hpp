#pragma once

#include <libpq-fe.h>

#include <bit>
#include <cstdint>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <string_view>
#include <type_traits>
#include <vector>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/time.hpp"

/// A thin session on libpq: binary parameters and results, statements prepared on first use, errors
/// sorted into Unavailable (try again on a new session) and Error (a person must mend it). libpqxx
/// has no binary arrays, and the journal lives on them.
namespace pawl::store {

using PgConn = Handle<PGconn, PQfinish>;
using PgResult = Handle<PGresult, PQclear>;

/// A statement, prepared under `name` in each session that runs it. Each parameter is cast at its
/// first use, so that the server never guesses a type.
struct Statement {
  const char* name;
  const char* sql;
};

/// The server refused a statement; the transaction of the statement left nothing behind.
class SqlError : public Error {
 public:
  SqlError(std::string state, const std::string& why, const std::string& fix)
      : Error(ErrorKind::environment, "the database refused a statement",
              why + " (SQLSTATE " + state + ")", fix),
        state_(std::move(state)) {}
  const std::string& state() const { return state_; }

 private:
  std::string state_;
};

inline constexpr const char* unique_violation = "23505";

/// Types of array elements: src/include/catalog/pg_type.dat of PostgreSQL.
enum class ElementType : std::uint32_t {
  bytea = 17,
  int8 = 20,
  int2 = 21,
  int4 = 23,
  text = 25,
  float8 = 701,
  timestamptz = 1184
};

/// Parameters of one statement in PostgreSQL's binary form, in order.
class Params {
 public:
  Params() { buffer_.reserve(1024); }

  Params& int8(std::int64_t value) { return put(value).close(); }
  Params& int4(std::int32_t value) { return put(value).close(); }
  Params& int2(std::int16_t value) { return put(value).close(); }
  Params& float8(double value) { return int8(std::bit_cast<std::int64_t>(value)); }
  Params& flag(bool value) { return bytes({value ? "\1" : "\0", 1}); }
  Params& text(std::string_view value) { return bytes(value); }
  Params& bytes(std::string_view value);
  Params& time(TimePoint at) { return put(since_2000(at)).close(); }
  Params& null();

  /// One array of what `get` (a member or a function) gives of each row: integers, doubles,
  /// instants, or optionals of them.
  template <class Rows, class Get>
  Params& array(const Rows& rows, Get get);
  /// The same for text and bytea.
  template <class Rows, class Get>
  Params& texts(const Rows& rows, Get get) {
    return views(ElementType::text, rows, get);
  }
  template <class Rows, class Get>
  Params& byteas(const Rows& rows, Get get) {
    return views(ElementType::bytea, rows, get);
  }

 private:
  friend class Session;
  static std::int64_t since_2000(TimePoint at);
  template <class Int>
  Params& put(Int value);
  Params& close();
  void begin_array(ElementType type, std::size_t count);
  void element(std::int16_t value) { put(std::int32_t{2}).put(value); }
  void element(std::int32_t value) { put(std::int32_t{4}).put(value); }
  void element(std::int64_t value) { put(std::int32_t{8}).put(value); }
  void element(double value) { element(std::bit_cast<std::int64_t>(value)); }
  void element(TimePoint at) { element(since_2000(at)); }
  template <class T>
  void element(const std::optional<T>& value) {
    value ? element(*value) : static_cast<void>(put(std::int32_t{-1}));
  }
  template <class Rows, class Get>
  Params& views(ElementType type, const Rows& rows, Get get);

  std::string buffer_;
  std::vector<std::size_t> ends_;
  std::vector<bool> nulls_;
};

/// Rows of a binary result. Numbers of null are 0, texts of null are empty.
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
  std::optional<double> float8(int row, int column) const;
  std::string bytes(int row, int column) const;  ///< text and bytea
  TimePoint time(int row, int column) const;     ///< of a column that is never null
  std::optional<TimePoint> maybe_time(int row, int column) const;
  std::vector<std::int64_t> int8s(int row, int column) const;

 private:
  std::string_view cell(int row, int column) const;
  PgResult result_;
};

/// One connection; one thread.
class Session {
 public:
  /// What the session is for. Statements that run often are prepared, and keep one plan for all
  /// parameters. One that is asked once needs no second round trip, and the plan that fits its
  /// parameters: a rare name is looked for otherwise than a frequent one.
  enum class Use { often, seldom };

  /// Throws Unavailable or Error, see open_postgres.
  explicit Session(const std::string& url, Use use = Use::often);

  /// Runs one statement in a transaction of its own; deadlocks and lock timeouts are tried again a
  /// few times, unless a transaction is open.
  Rows run(const Statement& statement, const Params& params = {});
  /// The same for a text that is made as it is needed, so it is not prepared.
  Rows run_text(const std::string& sql, const Params& params);
  /// Begins `statement` without waiting; `flush`, then `receive` when `raw()` can be read. Nothing
  /// else may be asked of the session meanwhile.
  void send(const Statement& statement, const Params& params);
  /// Sends what is left of it; false when more room is needed (wait until `raw()` can be written).
  bool flush();
  /// What came of `send`.
  struct Received {
    bool undone = false;       ///< Others' locks, or a lost prepared statement: repeat it.
    std::optional<Rows> rows;  ///< Absent as long as the answer is not complete.
  };
  Received receive();
  /// Prepares `statement`, so that `send` never waits.
  void learn(const Statement& statement) { (void)prepare(statement); }
  /// Runs text without parameters, also several statements; not prepared.
  void script(const std::string& sql);
  /// The connection under it, for LISTEN.
  PGconn* raw() const { return connection_.get(); }
  /// The descriptor, also after libpq has closed it: who watches it must be able to stop, or the
  /// next connection, which gets the same number, would be taken for watched.
  int socket() const { return socket_; }

 private:
  PgResult checked(PgResult result);
  bool prepare(const Statement& statement);
  struct Pointers;
  PgResult execute(const Statement& statement, const Params& params);

  Use use_;
  PgConn connection_;
  int socket_ = -1;
  std::set<const char*> prepared_;
  std::set<const char*> seen_;  ///< Of a session of seldom use: run once, not prepared.
  PgResult received_;           ///< Of `send`: what has come so far.
  /// A pooler gives each statement to another server session: prepared ones are not to be had.
  bool unprepared_ = false;
};

/// A transaction of several statements; undone unless `commit` was reached.
class Transaction {
 public:
  explicit Transaction(Session& session) : session_(session) { session_.script("begin"); }
  ~Transaction();
  Transaction(const Transaction&) = delete;
  Transaction& operator=(const Transaction&) = delete;
  void commit();

 private:
  Session& session_;
  bool open_ = true;
};

// ---- How it is done -------------------------------------------------------------------------

template <class Int>
Params& Params::put(Int value) {
  const auto bits = static_cast<std::make_unsigned_t<Int>>(value);
  char bytes[sizeof(Int)];
  for (std::size_t i = 0; i < sizeof(Int); ++i) {
    bytes[i] = static_cast<char>(bits >> (8 * (sizeof(Int) - 1 - i)) & 0xFF);
  }
  buffer_.append(bytes, sizeof(Int));
  return *this;
}

inline constexpr ElementType element_type_of(std::int16_t) { return ElementType::int2; }
inline constexpr ElementType element_type_of(std::int32_t) { return ElementType::int4; }
inline constexpr ElementType element_type_of(std::int64_t) { return ElementType::int8; }
inline constexpr ElementType element_type_of(double) { return ElementType::float8; }
inline constexpr ElementType element_type_of(TimePoint) { return ElementType::timestamptz; }
template <class T>
constexpr ElementType element_type_of(const std::optional<T>&) {
  return element_type_of(T{});
}

template <class Rows, class Get>
Params& Params::array(const Rows& rows, Get get) {
  using T = std::remove_cvref_t<std::invoke_result_t<Get, const typename Rows::value_type&>>;
  begin_array(element_type_of(T{}), rows.size());
  for (const auto& row : rows) element(std::invoke(get, row));
  return close();
}

template <class Rows, class Get>
Params& Params::views(ElementType type, const Rows& rows, Get get) {
  begin_array(type, rows.size());
  for (const auto& row : rows) {
    const std::string_view view = std::invoke(get, row);
    put(static_cast<std::int32_t>(view.size()));
    buffer_ += view;
  }
  return close();
}

}  // namespace pawl::store
