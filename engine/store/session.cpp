#include <initializer_list>
#include <string>
#include <string_view>

#include "store/pg.hpp"
#include "store/store.hpp"

namespace pawl::store {

namespace {

constexpr int server_version_min = 150'000;
/// How often a statement that others' locks undid is tried before the database counts as away.
constexpr int tries_max = 5;

/// Without it, the statement of a batch is planned anew on every call (twice the time).
constexpr const char* keep_plans = "set plan_cache_mode = force_generic_plan;";
/// These guard against a plan that was made on empty tables and kept. The time limits end calls on
/// a server that hangs; no statement of ours runs for seconds.
constexpr const char* settings =
    "set enable_seqscan = off; set enable_hashjoin = off; set enable_mergejoin = off;"
    "set jit = off; set statement_timeout = '60s'; set lock_timeout = '5s';"
    "set idle_in_transaction_session_timeout = '10s'; set client_min_messages = warning";

bool starts_with_any(std::string_view state, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (state.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

bool contains_any(std::string_view text, std::initializer_list<std::string_view> parts) {
  for (const std::string_view part : parts) {
    if (text.find(part) != std::string_view::npos) return true;
  }
  return false;
}

std::string trimmed(const char* text) {
  std::string result = text == nullptr ? "" : text;
  while (!result.empty() && (result.back() == '\n' || result.back() == ' ')) result.pop_back();
  return result;
}

/// The statement was undone by others' locks: repeat it.
bool is_transient(std::string_view state) {
  return starts_with_any(state, {"40001", "40P01", "55P03"});
}

/// SQLSTATEs after which a new session may succeed where this one did not: lost connections,
/// shutdown, a time limit, a demoted primary, too many connections, a full disk, a failing one.
bool is_unavailable(std::string_view state) {
  return state.empty() || starts_with_any(state, {"08", "57", "25006", "53", "58"});
}

bool is_no_such_statement(std::string_view state) { return state == "26000" || state == "42P05"; }

std::string_view state_of(const PGresult* result) {
  const char* state = result == nullptr ? nullptr : PQresultErrorField(result, PG_DIAG_SQLSTATE);
  return state == nullptr ? std::string_view{} : std::string_view{state};
}

[[noreturn]] void refuse_connection(PGconn* connection) {
  const std::string why = trimmed(PQerrorMessage(connection));
  // libpq gives no SQLSTATE for a connection that failed. These are mended by people, not by time;
  // "FATAL" is the server's own word, so that a missing socket is not among them.
  const bool refused = contains_any(why, {"FATAL"}) &&
                       contains_any(why, {"does not exist", "authentication failed", "pg_hba.conf",
                                          "permission", "no password supplied", "not permitted"});
  if (refused ||
      contains_any(why, {"no password supplied", "invalid connection option", "missing \"=\"",
                         "invalid URI", "invalid port", "definition of service", "service file"})) {
    throw Error(ErrorKind::environment, "the database refuses the connection", why,
                "check PAWL_DATABASE_URL, --database or libpq's own settings");
  }
  throw Unavailable(why);
}

}  // namespace

Session::Session(const std::string& url, Use use) : use_(use) {
  // Ours come first: what the URL says wins. An empty dbname leaves all to libpq's settings.
  const char* const names[] = {"fallback_application_name",
                               "connect_timeout",
                               "keepalives_idle",
                               "keepalives_interval",
                               "keepalives_count",
                               "tcp_user_timeout",
                               "target_session_attrs",
                               "client_encoding",
                               url.empty() ? nullptr : "dbname",
                               nullptr};
  const char* const values[] = {"pawl",  "10",         "10",   "5",         "3",
                                "20000", "read-write", "UTF8", url.c_str(), nullptr};
  connection_.reset(PQconnectdbParams(names, values, 1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) refuse_connection(connection_.get());
  socket_ = PQsocket(connection_.get());
  const int version = PQserverVersion(connection_.get());
  if (version < server_version_min) {
    throw Error(ErrorKind::environment,
                "the database server is PostgreSQL " + std::to_string(version / 10'000),
                "Pawl needs PostgreSQL 15 or newer", "use another server");
  }
  try {
    script(std::string(use == Use::often ? keep_plans : "") + settings);
  } catch (const SqlError&) {
    // A pooler that lets no session state through: everything works without, only slower. The
    // settings can be put on the role instead.
  }
}

PgResult Session::checked(PgResult result) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return result;
  const std::string state{state_of(result.get())};
  const std::string why = trimmed(result && !state.empty() ? PQresultErrorMessage(result.get())
                                                           : PQerrorMessage(connection_.get()));
  if (is_unavailable(state) || is_transient(state) ||
      PQstatus(connection_.get()) != CONNECTION_OK) {
    throw Unavailable(why);
  }
  const bool no_schema = state == "42P01" || state == "42703";  // no table, no column
  throw SqlError(state, why, no_schema ? "run `pawl db migrate`" : "");
}

/// False when prepared statements are not to be had.
bool Session::prepare(const Statement& statement) {
  if (unprepared_) return false;
  if (prepared_.contains(statement.name)) return true;
  if (use_ == Use::seldom && seen_.insert(statement.name).second) return false;
  PgResult result(PQprepare(connection_.get(), statement.name, statement.sql, 0, nullptr));
  if (is_no_such_statement(state_of(result.get()))) {
    unprepared_ = true;
    return false;
  }
  (void)checked(std::move(result));
  prepared_.insert(statement.name);
  return true;
}

/// Parameters as libpq wants them.
struct Session::Pointers {
  explicit Pointers(const Params& params)
      : values(params.ends_.size()), lengths(params.ends_.size()), formats(params.ends_.size(), 1) {
    std::size_t begin = 0;
    for (std::size_t i = 0; i < values.size(); ++i) {
      values[i] = params.nulls_[i] ? nullptr : params.buffer_.data() + begin;
      lengths[i] = static_cast<int>(params.ends_[i] - begin);
      begin = params.ends_[i];
    }
  }
  int count() const { return static_cast<int>(values.size()); }

  std::vector<const char*> values;
  std::vector<int> lengths, formats;
};

PgResult Session::execute(const Statement& statement, const Params& params) {
  const Pointers given(params);
  if (prepare(statement)) {
    PgResult result(PQexecPrepared(connection_.get(), statement.name, given.count(),
                                   given.values.data(), given.lengths.data(), given.formats.data(),
                                   1));
    if (!is_no_such_statement(state_of(result.get()))) return result;
    unprepared_ = true;
  }
  return PgResult(PQexecParams(connection_.get(), statement.sql, given.count(), nullptr,
                               given.values.data(), given.lengths.data(), given.formats.data(), 1));
}

void Session::send(const Statement& statement, const Params& params) {
  PGconn* connection = connection_.get();
  PQsetnonblocking(connection, 1);
  const Pointers given(params);
  const int sent =
      prepare(statement)
          ? PQsendQueryPrepared(connection, statement.name, given.count(), given.values.data(),
                                given.lengths.data(), given.formats.data(), 1)
          : PQsendQueryParams(connection, statement.sql, given.count(), nullptr,
                              given.values.data(), given.lengths.data(), given.formats.data(), 1);
  if (sent == 0) throw Unavailable(trimmed(PQerrorMessage(connection)));
}

bool Session::flush() {
  const int left = PQflush(connection_.get());
  if (left < 0) throw Unavailable(trimmed(PQerrorMessage(connection_.get())));
  return left == 0;
}

Session::Received Session::receive() {
  PGconn* connection = connection_.get();
  if (PQconsumeInput(connection) == 0) throw Unavailable(trimmed(PQerrorMessage(connection)));
  while (PQisBusy(connection) == 0) {
    PgResult result(PQgetResult(connection));
    if (result) {
      received_ = std::move(result);
      continue;
    }
    PgResult whole = std::move(received_);
    const std::string_view state = state_of(whole.get());
    if (is_no_such_statement(state)) unprepared_ = true;
    if (is_transient(state) || is_no_such_statement(state)) return {true, std::nullopt};
    return {false, Rows(checked(std::move(whole)))};
  }
  return {};
}

Rows Session::run(const Statement& statement, const Params& params) {
  const bool alone = PQtransactionStatus(connection_.get()) == PQTRANS_IDLE;
  for (int attempt = 1;; ++attempt) {
    PgResult result = execute(statement, params);
    if (alone && attempt < tries_max && is_transient(state_of(result.get()))) continue;
    return Rows(checked(std::move(result)));
  }
}

Rows Session::run_text(const std::string& sql, const Params& params) {
  const Pointers given(params);
  return Rows(checked(
      PgResult(PQexecParams(connection_.get(), sql.c_str(), given.count(), nullptr,
                            given.values.data(), given.lengths.data(), given.formats.data(), 1))));
}

void Session::script(const std::string& sql) {
  (void)checked(PgResult(PQexec(connection_.get(), sql.c_str())));
}

Transaction::~Transaction() {
  if (!open_) return;
  // Nothing can be done about a failure: then the connection is gone, and the transaction with it.
  const PgResult ignored(PQexec(session_.raw(), "rollback"));
}

void Transaction::commit() {
  session_.script("commit");
  open_ = false;
}

}  // namespace pawl::store
