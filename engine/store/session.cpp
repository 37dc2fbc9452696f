#include <initializer_list>
#include <string>
#include <string_view>

#include "base/check.hpp"
#include "base/error.hpp"
#include "store/pg.hpp"
#include "store/store.hpp"

namespace pawl::store {

namespace {

constexpr int server_version_min = 150'000;

bool starts_with_any(std::string_view state, std::initializer_list<std::string_view> prefixes) {
  for (const std::string_view prefix : prefixes) {
    if (state.substr(0, prefix.size()) == prefix) return true;
  }
  return false;
}

std::string trimmed(const char* text) {
  std::string result = text == nullptr ? "" : text;
  while (!result.empty() && (result.back() == '\n' || result.back() == ' ')) result.pop_back();
  return result;
}

/// SQLSTATEs after which a new session may succeed where this one did not: lost connections,
/// shutdown, recovery, a demoted primary, too many connections, a full disk.
bool is_unavailable(std::string_view state) {
  return state.empty() || starts_with_any(state, {"08", "57P0", "25006", "53"});
}

/// The statement was undone by others' locks: repeat it.
bool is_transient(std::string_view state) {
  return starts_with_any(state, {"40001", "40P01", "55P03"});
}

[[noreturn]] void refuse_connection(PGconn* connection) {
  const std::string why = trimmed(PQerrorMessage(connection));
  // libpq gives no SQLSTATE for a failed connection; these are mended by people, not by waiting.
  for (const std::string_view hopeless :
       {"does not exist", "authentication failed", "no pg_hba.conf entry", "permission denied",
        "invalid connection option", "missing \"=\"", "invalid URI"}) {
    if (why.find(hopeless) != std::string::npos && why.find("socket") == std::string::npos) {
      throw Error(ErrorKind::environment, "the database refuses us", why,
                  "check PAWL_DATABASE_URL, or --database");
    }
  }
  throw Unavailable(why);
}

}  // namespace

Session::Session(const std::string& url) {
  const char* const names[] = {"dbname",           "application_name",    "connect_timeout",
                               "keepalives_idle",  "keepalives_interval", "keepalives_count",
                               "tcp_user_timeout", "client_encoding",     nullptr};
  const char* const values[] = {url.c_str(), "pawl",  "10",   "10",   "5",
                                "3",         "20000", "UTF8", nullptr};
  // An empty dbname leaves everything to libpq's own settings (PGHOST, PGSERVICE, …).
  const std::size_t skip = url.empty() ? 1 : 0;
  connection_.reset(PQconnectdbParams(names + skip, values + skip, 1));
  if (PQstatus(connection_.get()) != CONNECTION_OK) refuse_connection(connection_.get());
  // Notices ("already exists, skipping") are for people at psql.
  PQsetNoticeProcessor(
      connection_.get(), [](void*, const char*) {}, nullptr);
  const int version = PQserverVersion(connection_.get());
  if (version < server_version_min) {
    throw Error(ErrorKind::environment,
                "the database server is PostgreSQL " + std::to_string(version / 10'000),
                "Pawl needs PostgreSQL 15 or newer", "use another server");
  }
}

PgResult Session::checked(PgResult result) {
  const ExecStatusType status = PQresultStatus(result.get());
  if (status == PGRES_TUPLES_OK || status == PGRES_COMMAND_OK) return result;
  const char* code = result ? PQresultErrorField(result.get(), PG_DIAG_SQLSTATE) : nullptr;
  const std::string state = code == nullptr ? "" : code;
  const std::string why =
      trimmed(result ? PQresultErrorMessage(result.get()) : PQerrorMessage(connection_.get()));
  if (is_unavailable(state) || PQstatus(connection_.get()) != CONNECTION_OK) {
    throw Unavailable(why);
  }
  throw Error(ErrorKind::environment, "the database refused a statement", why + " (" + state + ")");
}

Rows Session::run(const char* sql, const Params& params) {
  const auto count = static_cast<int>(params.ends_.size());
  std::vector<const char*> values(params.ends_.size());
  std::vector<int> lengths(params.ends_.size());
  const std::vector<int> formats(params.ends_.size(), 1);
  std::size_t begin = 0;
  for (std::size_t i = 0; i < params.ends_.size(); ++i) {
    values[i] = params.nulls_[i] ? nullptr : params.buffer_.data() + begin;
    lengths[i] = static_cast<int>(params.ends_[i] - begin);
    begin = params.ends_[i];
  }
  auto known = prepared_.find(sql);
  if (known == prepared_.end()) {
    const std::string name = "pawl_" + std::to_string(prepared_.size());
    (void)checked(PgResult(PQprepare(connection_.get(), name.c_str(), sql, 0, nullptr)));
    known = prepared_.emplace(sql, name).first;
  }
  constexpr int tries = 5;
  for (int attempt = 1;; ++attempt) {
    PgResult result(PQexecPrepared(connection_.get(), known->second.c_str(), count, values.data(),
                                   lengths.data(), formats.data(), 1));
    const char* state = PQresultErrorField(result.get(), PG_DIAG_SQLSTATE);
    if (attempt < tries && state != nullptr && is_transient(state)) continue;
    return Rows(checked(std::move(result)));
  }
}

void Session::script(const std::string& sql) {
  (void)checked(PgResult(PQexec(connection_.get(), sql.c_str())));
}

}  // namespace pawl::store
