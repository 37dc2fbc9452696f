#include <algorithm>

#include "core/codec.hpp"
#include "core/event.hpp"
#include "store/overview.hpp"
#include "store/pg.hpp"
#include "store/statements.hpp"

/// The engine as a whole, on PostgreSQL.
namespace pawl::store {
namespace {

constexpr Statement see_workers{"see_workers", R"(
select w.inc, w.name, w.host, w.build, array_to_string(w.queues, ','), w.sem_min, w.sem_max,
  w.started_at, l.lease_until, l.fenced,
  (select count(*) from (select 1 from run r where r.owner_inc = w.inc limit 10000) owned),
  l.last_seq
from lane l join worker w on w.inc = l.inc
where l.lane = 0
order by l.lease_until desc limit 200)"};

constexpr Statement see_queues{"see_queues", R"(
select q.name, waiting.n, waiting.oldest, owned.n
from queue q,
lateral (select count(*) n, min(since) oldest from (
  (select ready_at since from run r
   where r.queue = q.id and r.owner_inc is null and r.ready_at is not null
   order by priority desc, ready_at, run_id limit 10000)
  union all  -- let go, or due: the next worker puts them into the queue
  (select wake_at from run r
   where r.owner_inc is null and r.wake_at <= clock_timestamp() and r.ready_at is null
     and r.queue = q.id
   order by r.wake_at limit 10000)) w) waiting,
lateral (select count(*) n from (
  select 1 from run r where r.owner_inc is not null and r.queue = q.id limit 10000) o) owned
order by q.name limit 1000)"};

constexpr Statement see_database{"see_database", R"(
select clock_timestamp(), split_part(current_setting('server_version'), ' ', 1),
  pg_database_size(current_database()),
  (select count(*) from pg_stat_activity where backend_type = 'client backend'),
  current_setting('max_connections')::bigint
    - current_setting('superuser_reserved_connections')::bigint,
  current_setting('fsync')::bool, current_setting('full_page_writes')::bool,
  current_setting('autovacuum')::bool, current_setting('synchronous_commit') <> 'off',
  old.xact_start, old.pid, old.application_name,
  (select count(*) from (select 1 from run where state <> 5 and state = 9 limit 10000) q)
from (select 1) one left join lateral (
  select xact_start, pid, application_name from pg_stat_activity
  where datname = current_database() and backend_type = 'client backend'
    and pid <> pg_backend_pid() and xact_start is not null
  order by xact_start limit 1) old on true)"};

constexpr Statement see_clock{"see_clock", "select clock_timestamp()"};

constexpr Statement see_run{"see_run", R"(
select q.name, d.sem, r.ready_at,
  (select count(*) from (select 1 from run o where o.queue = r.queue and o.owner_inc is null
     and o.ready_at is not null
     and (o.priority > r.priority
          or (o.priority = r.priority and (o.ready_at, o.run_id) < (r.ready_at, r.run_id)))
   limit 10000) b)
from run r join queue q on q.id = r.queue join definition d on d.def_id = r.def_id
where r.run_id = $1::bigint)"};

constexpr Statement see_unread{"see_unread", R"(
select i.at, i.kind, i.actor from run r join inbox i on i.run_id = r.run_id
  and i.seq > r.inbox_done
where r.run_id = $1::bigint order by i.seq limit 100)"};

constexpr Statement see_last_event{"see_last_event", R"(
select at, kind, actor from event where run_id = $1::bigint and kind = $2::smallint
order by seq desc limit 1)"};

std::vector<std::string> split(const std::string& list) {
  std::vector<std::string> words;
  for (std::size_t from = 0; from < list.size();) {
    const std::size_t end = std::min(list.find(',', from), list.size());
    words.push_back(list.substr(from, end - from));
    from = end + 1;
  }
  return words;
}

class PostgresOverview final : public Overview {
 public:
  explicit PostgresOverview(const std::string& url) : session_(url, Session::Use::seldom) {}

  std::vector<WorkerSight> workers() override {
    const Rows rows = session_.run(see_workers);
    std::vector<WorkerSight> workers;
    for (int i = 0; i < rows.count(); ++i) {
      WorkerSight worker;
      worker.inc = Incarnation{rows.int8(i, 0)};
      worker.name = rows.bytes(i, 1);
      worker.host = rows.bytes(i, 2);
      worker.build = rows.bytes(i, 3);
      worker.queues = split(rows.bytes(i, 4));
      worker.sem_min = rows.int4(i, 5);
      worker.sem_max = rows.int4(i, 6);
      worker.started_at = rows.time(i, 7);
      worker.lease_until = rows.time(i, 8);
      worker.fenced = rows.flag(i, 9);
      worker.runs = rows.int8(i, 10);
      worker.commits = rows.int8(i, 11);
      workers.push_back(std::move(worker));
    }
    return workers;
  }

  std::vector<QueueSight> queues() override {
    const Rows rows = session_.run(see_queues);
    std::vector<QueueSight> queues;
    for (int i = 0; i < rows.count(); ++i) {
      queues.push_back({rows.bytes(i, 0), rows.int8(i, 1), rows.maybe_time(i, 2), rows.int8(i, 3)});
    }
    return queues;
  }

  DatabaseSight database() override {
    const Rows rows = session_.run(see_database);
    DatabaseSight sight;
    sight.now = rows.time(0, 0);
    sight.version = rows.bytes(0, 1);
    sight.bytes = rows.int8(0, 2);
    sight.connections = rows.int8(0, 3);
    sight.connections_max = rows.int8(0, 4);
    sight.fsync = rows.flag(0, 5);
    sight.full_page_writes = rows.flag(0, 6);
    sight.autovacuum = rows.flag(0, 7);
    sight.commits_wait = rows.flag(0, 8);
    sight.oldest_transaction = rows.maybe_time(0, 9);
    sight.oldest_pid = rows.int4(0, 10);
    sight.oldest_program = rows.bytes(0, 11);
    sight.quarantined = rows.int8(0, 12);
    return sight;
  }

  TimePoint now() override { return session_.run(see_clock).time(0, 0); }

  RunSight of_run(RunId run) override {
    RunSight sight;
    if (const Rows rows = session_.run(see_run, Params().int8(run.value)); !rows.empty()) {
      sight.queue = rows.bytes(0, 0);
      sight.sem = rows.int4(0, 1);
      sight.ready_at = rows.maybe_time(0, 2);
      sight.before_it = rows.int8(0, 3);
    }
    const Rows unread = session_.run(see_unread, Params().int8(run.value));
    for (int i = 0; i < unread.count(); ++i) sight.unread.push_back(request_of(unread, i));
    core::Event pause_event;
    pause_event.what = core::Pause{};
    const auto pause = static_cast<std::int16_t>(core::kind_of(pause_event));
    const Rows last = session_.run(see_last_event, Params().int8(run.value).int2(pause));
    if (!last.empty()) sight.last_pause = request_of(last, 0);
    return sight;
  }

 private:
  static RunSight::Request request_of(const Rows& rows, int i) {
    return {rows.time(i, 0), rows.int2(i, 1), rows.bytes(i, 2)};
  }

  Session session_;
};

}  // namespace

bool WorkerSight::serves(const std::string& queue) const {
  return std::ranges::find(queues, queue) != queues.end();
}

std::unique_ptr<Overview> open_overview(const Address& address) {
  return std::make_unique<PostgresOverview>(address.url);
}

std::vector<Statement> overview_statements() {
  return {see_workers, see_queues, see_database, see_clock, see_run, see_unread, see_last_event};
}

}  // namespace pawl::store
