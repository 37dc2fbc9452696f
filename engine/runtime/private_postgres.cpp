#include "runtime/private_postgres.hpp"

#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <csignal>
#include <cstring>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <utility>

#include "base/error.hpp"
#include "base/handle.hpp"
#include "base/text.hpp"
#include "runtime/cluster_tools.hpp"
#include "store/pg.hpp"
#include "store/store.hpp"

namespace pawl::runtime {

namespace {

namespace fs = std::filesystem;

constexpr const char* role = "pawl";
/// A socket's path has about 107 bytes, and the server adds "/.s.PGSQL.5432.lock".
constexpr std::size_t socket_folder_max = 80;
constexpr std::uintmax_t log_bytes_max = std::uintmax_t{16} << 20;
constexpr int starts_max = 40;
constexpr Millis orphans_patience{4'000};
constexpr Millis answer_patience{120'000};

void pause(Millis span) {
  const timespec wait{span.count() / 1'000, span.count() % 1'000 * 1'000'000};
  ::nanosleep(&wait, nullptr);
}

std::string first_line(const std::string& file) {
  std::ifstream in(file);
  std::string line;
  std::getline(in, line);
  return line;
}

std::uintmax_t size_of(const std::string& file) {
  std::error_code absent;
  const std::uintmax_t size = fs::file_size(file, absent);
  return absent ? 0 : size;
}

/// Why the server gave up, from what it has written behind the first `from` bytes of its log.
std::string reason_in(const std::string& file, std::uintmax_t from) {
  std::ifstream in(file);
  in.seekg(static_cast<std::streamoff>(from));
  std::string reason;
  std::string last;
  for (std::string line; std::getline(in, line); last = line) {
    for (const char* word : {"FATAL:", "PANIC:"}) {
      const std::size_t at = line.find(word);
      if (at != std::string::npos) reason = line.substr(at);
    }
  }
  return reason.empty() ? last : reason;
}

/// `path` as an item of a list of folders, for the server's command line.
std::string folder_item(const std::string& path) {
  std::string item = "\"";
  for (const char c : path) item += c == '"' ? std::string("\"\"") : std::string(1, c);
  return shell_quoted(item + "\"");
}

std::string last_line(const std::string& text) {
  const std::size_t end = text.find_last_not_of('\n');
  if (end == std::string::npos) return "";
  const std::size_t before = text.rfind('\n', end);
  const std::size_t begin = before == std::string::npos ? 0 : before + 1;
  return text.substr(begin, end + 1 - begin);
}

std::uint64_t hash_of(const std::string& text) {
  std::uint64_t hash = 0xCBF29CE484222325ULL;
  for (const char c : text) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
  return hash;
}

std::string url_encoded(const std::string& text) {
  constexpr std::string_view plain =
      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._~/";
  std::string out;
  for (const char c : text) {
    if (plain.find(c) != std::string_view::npos) {
      out += c;
      continue;
    }
    constexpr const char* digits = "0123456789ABCDEF";
    const auto byte = static_cast<unsigned char>(c);
    out += {'%', digits[byte >> 4], digits[byte & 15]};
  }
  return out;
}

/// Held while a cluster is made, started or stopped, so that two starters do not meet.
class FolderLock {
 public:
  explicit FolderLock(const std::string& path)
      : file_(::open(path.c_str(), O_RDONLY | O_CREAT | O_CLOEXEC, 0644)) {
    if (!file_) {
      throw Error(ErrorKind::environment, "cannot open " + path, std::strerror(errno),
                  "make the folder writable, or set PAWL_HOME to another one");
    }
    while (::flock(file_.get(), LOCK_EX) != 0 && errno == EINTR) {
    }
  }

 private:
  Fd file_;
};

void make_folder(const std::string& path, mode_t mode, const ServerUser* owner) {
  std::error_code error;
  fs::create_directories(path, error);
  const bool good =
      !error && ::chmod(path.c_str(), mode) == 0 &&
      (owner == nullptr || !owner->other || ::chown(path.c_str(), owner->uid, owner->gid) == 0);
  if (good) return;
  throw Error(ErrorKind::environment, "cannot make the folder " + path,
              error ? error.message() : std::strerror(errno),
              "make its parent writable, or set PAWL_HOME to another folder");
}

/// Another user must be able to pass through every folder above.
void check_path(const std::string& path, const ServerUser& user) {
  if (!user.other) return;
  for (fs::path folder = fs::path(path).parent_path(); folder != folder.root_path();
       folder = folder.parent_path()) {
    struct stat facts {};
    if (::stat(folder.c_str(), &facts) != 0 || (facts.st_mode & S_IXOTH) != 0) continue;
    if (facts.st_uid == user.uid && (facts.st_mode & S_IXUSR) != 0) continue;
    throw Error(
        ErrorKind::environment, "the private PostgreSQL cannot reach its folder " + path,
        "it runs as the user '" + user.name + "', which may not pass through " + folder.string(),
        "chmod o+x " + shell_quoted(folder.string()) + ", or set PAWL_HOME");
  }
}

constexpr const char* settings = R"(
# Pawl's private PostgreSQL.
listen_addresses = ''
fsync = on
synchronous_commit = on
full_page_writes = on
shared_buffers = 128MB
max_connections = 200
max_wal_size = 1GB
jit = off
timezone = 'UTC'
log_timezone = 'UTC'
)";

}  // namespace

PrivatePostgres::PrivatePostgres(std::string home)
    : home_(std::move(home)), root_(home_ + "/postgres"), socket_(root_ + "/socket") {
  // A comma separates hosts for libpq.
  if (socket_.size() > socket_folder_max || socket_.find(',') != std::string::npos) {
    char name[64];
    std::snprintf(name, sizeof name, "/tmp/pawl-%u-%016llx", ::geteuid(),
                  static_cast<unsigned long long>(hash_of(home_)));
    socket_ = name;
  }
}

std::string PrivatePostgres::url() const {
  return "postgresql:///pawl?host=" + url_encoded(socket_) + "&port=5432&user=" + role;
}

std::optional<pid_t> PrivatePostgres::server() const {
  const std::string line = first_line(data() + "/postmaster.pid");
  if (line.empty()) return std::nullopt;
  const pid_t pid = std::atoi(line.c_str());
  for (const pid_t found : processes_in(data())) {
    if (found == pid) return pid;
  }
  return std::nullopt;
}

PrivatePostgres::Status PrivatePostgres::status() const {
  Status status;
  status.folder = data();
  status.socket = socket_;
  status.log = log();
  status.version = first_line(data() + "/PG_VERSION");
  status.made = !status.version.empty();
  if (const auto pid = server()) {
    status.running = true;
    status.pid = *pid;
  }
  std::error_code ignored;
  for (const auto& entry : fs::recursive_directory_iterator(
           data(), fs::directory_options::skip_permission_denied, ignored)) {
    std::error_code gone;
    const auto size = entry.file_size(gone);
    if (!gone) status.bytes += static_cast<std::int64_t>(size);
  }
  return status;
}

void PrivatePostgres::make_folders() const {
  const ServerUser user = server_user(root_);
  make_folder(home_, user.other ? 0711 : 0700, nullptr);
  check_path(root_, user);
  make_folder(root_, 0700, &user);
  make_folder(socket_, 0700, &user);
}

void PrivatePostgres::make_cluster() const {
  const ServerUser user = server_user(root_);
  const std::string fresh = root_ + "/data.new";
  std::error_code ignored;
  fs::remove_all(fresh, ignored);  // Of a start that was killed half-way.
  const Ran ran = run_as(user, {server_programs("") + "/initdb", "-D", fresh, "-U", role,
                                "--auth-local=peer", "--auth-host=reject", "--locale=C.UTF-8",
                                "--encoding=UTF8", "--data-checksums", "--no-instructions"});
  if (ran.exit_code != 0) {
    throw Error(ErrorKind::environment, "cannot make the private PostgreSQL in " + root_,
                last_line(ran.output), "make room or mend the folder, then: pawl db start");
  }
  std::ofstream(fresh + "/postgresql.conf", std::ios::app) << settings;
  // Who runs Pawl connects as the role; nobody else does.
  std::ofstream(fresh + "/pg_hba.conf") << "local all " << role << " peer map=pawl\n";
  std::ofstream ident(fresh + "/pg_ident.conf");
  ident << "pawl " << user.name << ' ' << role << '\n';
  if (user.other) ident << "pawl root " << role << '\n';
  ident.close();
  // Complete or absent: a crash leaves data.new, which the next start removes.
  fs::rename(fresh, data(), ignored);
  if (ignored) {
    throw Error(ErrorKind::environment, "cannot make the private PostgreSQL in " + root_,
                ignored.message(), "make the folder writable, or set PAWL_HOME to another one");
  }
}

/// After a kill -9: a postmaster.pid of a process that is gone, of a zombie that nobody has reaped
/// (PostgreSQL takes it for alive), or backends that still hold the shared memory.
void PrivatePostgres::clear_dead_server() const {
  if (server()) return;
  const std::string file = data() + "/postmaster.pid";
  const std::string socket = socket_ + "/.s.PGSQL.5432";
  if (!fs::exists(file) && !fs::exists(socket + ".lock")) return;
  if (!end_processes(processes_in(data()), orphans_patience)) {
    throw Error(ErrorKind::environment, "old processes of the private PostgreSQL do not end",
                "they stand in " + data(), "end them, then: pawl db start");
  }
  // Nobody of this cluster is left, and we hold the lock: nothing can be using the data.
  std::error_code ignored;
  for (const std::string& left : {file, socket, socket + ".lock"}) fs::remove(left, ignored);
}

void PrivatePostgres::start() const {
  const ServerUser user = server_user(root_);
  const std::string programs = server_programs(first_line(data() + "/PG_VERSION"));
  if (size_of(log()) > log_bytes_max) {
    std::error_code ignored;
    fs::rename(log(), log() + ".old", ignored);
  }
  for (int attempt = 1;; ++attempt) {
    if (server()) return;  // One whose starter was killed while it started.
    clear_dead_server();
    const std::uintmax_t log_bytes = size_of(log());
    const Ran ran = run_as(user, {programs + "/pg_ctl", "-D", data(), "-w", "-t", "60", "-s", "-l",
                                  log(), "-o", "-p 5432 -k " + folder_item(socket_), "start"});
    if (ran.exit_code == 0) return;
    const std::string why = reason_in(log(), log_bytes);
    const bool may_pass = why.find("shared memory") != std::string::npos ||
                          why.find("lock file") != std::string::npos;
    if (!may_pass || attempt == starts_max) {
      throw Error(ErrorKind::environment, "the private PostgreSQL does not start",
                  why.empty() ? last_line(ran.output) : why, "its log: " + log());
    }
    pause(Millis{100});
  }
}

void PrivatePostgres::make_database() const {
  for (int attempt = 1;; ++attempt) {
    try {
      store::Session session("postgresql:///postgres?host=" + url_encoded(socket_) +
                             "&port=5432&user=" + role);
      if (session.run({"find_database", "select 1 from pg_database where datname = 'pawl'"})
              .empty()) {
        session.script("create database pawl");
      }
      return;
    } catch (const store::Unavailable& away) {
      // "the database system is starting up", after a crash.
      if (attempt == starts_max) {
        throw Error(ErrorKind::environment, "the private PostgreSQL does not answer", away.what(),
                    "its log: " + log());
      }
      pause(Millis{100});
    }
  }
}

/// After a crash it replays its log first: "the database system is starting up".
void PrivatePostgres::wait_until_it_answers() const {
  const std::string address =
      "postgresql:///postgres?host=" + url_encoded(socket_) + "&port=5432&user=" + role;
  constexpr Millis step{50};
  for (Millis waited{0}; ::PQping(address.c_str()) != PQPING_OK; waited += step) {
    if (waited >= answer_patience || !server()) {
      throw Error(ErrorKind::environment, "the private PostgreSQL does not answer",
                  reason_in(log(), 0), "its log: " + log());
    }
    pause(step);
  }
}

std::string PrivatePostgres::ensure_running() {
  // The common case costs no lock: it answers and has been prepared.
  std::error_code unreadable;
  if (fs::exists(root_ + "/ready", unreadable) && ::PQping(url().c_str()) == PQPING_OK) {
    return url();
  }
  make_folders();
  const FolderLock lock(home_ + "/postgres.lock");
  if (!fs::exists(data(), unreadable)) make_cluster();
  if (first_line(data() + "/PG_VERSION").empty()) {
    throw Error(ErrorKind::environment, "the private database is damaged: " + data(),
                "it has no readable file PG_VERSION",
                "restore it from a backup; to begin anew, move the folder away");
  }
  if (!server()) start();
  wait_until_it_answers();
  if (!fs::exists(root_ + "/ready")) {
    make_database();
    std::ofstream(root_ + "/ready") << "The database has been made.\n";
  }
  return url();
}

std::string PrivatePostgres::revive() {
  // A server that ends in order removes its file; one that was killed leaves it.
  const bool crashed = fs::exists(data() + "/postmaster.pid") && !server();
  return crashed ? ensure_running() : url();
}

bool PrivatePostgres::stop() {
  if (first_line(data() + "/PG_VERSION").empty()) return false;
  const FolderLock lock(home_ + "/postgres.lock");
  if (!server()) {
    clear_dead_server();
    return false;
  }
  const Ran ran =
      run_as(server_user(root_), {server_programs(first_line(data() + "/PG_VERSION")) + "/pg_ctl",
                                  "-D", data(), "-w", "-s", "-m", "fast", "stop"});
  if (ran.exit_code != 0) {
    throw Error(ErrorKind::environment, "the private PostgreSQL does not stop",
                last_line(ran.output), "its log: " + log());
  }
  return true;
}

}  // namespace pawl::runtime
