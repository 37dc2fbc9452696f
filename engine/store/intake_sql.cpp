#include <algorithm>
#include <map>

#include "base/error.hpp"
#include "store/postgres_store.hpp"
#include "store/statements.hpp"

/// What comes from outside: definitions, starts, requests.
namespace pawl::store {

namespace {

constexpr Statement add_definition{"add_definition", R"(
with n as (insert into definition(hash, name, file, bundle, plan, plan_version, sem)
  values ($1::bytea, $2::text, $3::text, $4::bytea, $5::bytea, $6::int, $7::int)
  on conflict (hash, name, plan_version, sem) do nothing returning def_id)
select def_id from n union all
select def_id from definition where hash = $1 and name = $2 and plan_version = $6 and sem = $7
limit 1)"};

constexpr Statement read_definition{"read_definition", R"(
select def_id, name, hash, bundle, file, plan, plan_version, sem from definition
where def_id = $1::int)"};

/// Unknown names become rows; on conflict the row that is there stays untouched.
constexpr Statement add_names{"add_names", R"(
with n as (insert into namespace(name) select distinct x from unnest($1::text[]) x
   where x not in (select name from namespace) on conflict do nothing)
insert into queue(name) select distinct x from unnest($2::text[]) x
   where x not in (select name from queue) on conflict do nothing)"};

/// Ids are made here: milliseconds of this clock, then random bits, one apart within a call. A key
/// that is taken leaves its request out. No row of a request: its definition is unknown, its key is
/// taken, or the day has no partition ($10: up to when there are some).
constexpr Statement start_runs{"start_runs", R"(
with t as materialized (select clock_timestamp() as now, floor(random() * 2097152)::bigint as bits),
 q as materialized (
   select x.n, (extract(epoch from t.now) * 1000)::bigint << 21 | ((t.bits + x.n) & 2097151)
       as run_id, t.now, d.def_id, d.name as workflow, ns.id as ns, qu.id as queue, x.actor, x.key,
     x.labels, x.request, x.folder
   from t, unnest($1::int[], $2::text[], $3::text[], $4::text[], $5::text[], $6::text[],
       $7::bytea[], $8::text[]) with ordinality
       x(def_id, ns, queue, actor, key, labels, request, folder, n)
     join definition d on d.def_id = x.def_id
     join namespace ns on ns.name = x.ns
     join queue qu on qu.name = x.queue
   where t.now < $9::timestamptz),
 k as (insert into idem_key(namespace, workflow, key, run_id, request_sha)
   select ns, workflow, key, run_id, sha256(request) from q where key <> '' order by 1, 2, 3, n
   on conflict do nothing returning run_id),
 g as materialized (
   select * from q where key = '' or (run_id in (select run_id from k)) is true),
 r as (insert into run(run_id, def_id, namespace, queue, created_at, ready_at)
   select run_id, def_id, ns, queue, now, now from g),
 i as (insert into run_info(run_id, namespace, workflow, key, labels, actor, folder, created_at)
   select run_id, ns, workflow, nullif(key, ''), labels::jsonb, actor, folder, now
   from g order by n returning run_id, number),
 c as (insert into run_inbox(run_id, seq, parked) select run_id, 1, true from g),
 b as (insert into inbox(run_id, seq, at, kind, actor, body)
   select run_id, 1, now, $10::smallint, actor, request from g)
select g.n, i.run_id, i.number from i join g on g.run_id = i.run_id)"};

constexpr Statement find_key{"find_key", R"(
select k.run_id, i.number, k.request_sha = sha256($4::bytea)
from definition d join namespace ns on ns.name = $2::text
join idem_key k on k.namespace = ns.id and k.workflow = d.name and k.key = $3::text
join run_info i on i.run_id = k.run_id
where d.def_id = $1::int)"};

/// `parked` is read where the counter is raised: a guard on the run's own row would be judged by an
/// old snapshot after waiting, and a wake-up would be lost. No row: the run has ended.
constexpr Statement send_request{"send_request", R"(
with s as (update run_inbox set seq = seq + 1, closed = closed and not $6::bool
   where run_id = $1::bigint and (not closed or $6) returning run_id, seq, parked),
 i as (insert into inbox(run_id, seq, kind, actor, dedup, body)
   select run_id, seq, $2::smallint, $3::text, $4::text, $5::bytea from s),
 w as (update run set ready_at = coalesce(run.ready_at, clock_timestamp()) from s
   where run.run_id = s.run_id and s.parked)
select seq from s)"};

constexpr Statement find_dedup{"find_dedup", R"(
select seq from inbox where run_id = $1::bigint and dedup = $2::text)"};

constexpr Statement find_run{"find_run", R"(
select 1 from run_inbox where run_id = $1::bigint)"};

/// The kind of inbox row that begins a run: see core::encode_request.
constexpr std::int16_t start_kind = 0;
constexpr std::size_t starts_per_statement = 500;

}  // namespace

std::int32_t Postgres::put_definition(const Definition& definition) {
  Params params;
  params.bytes(definition.hash).text(definition.name).text(definition.file);
  params.bytes(definition.bundle).bytes(definition.plan);
  params.int4(definition.plan_version).int4(definition.sem);
  Rows rows = session_.run(add_definition, params);
  // Another session stored it between our snapshot and our insert: now it can be seen.
  if (rows.empty()) rows = session_.run(add_definition, params);
  return rows.int4(0, 0);
}

std::optional<Definition> Postgres::definition(std::int32_t id) {
  return definition_of(session_.run(read_definition, Params().int4(id)));
}

std::optional<Definition> definition_of(const Rows& rows) {
  if (rows.empty()) return std::nullopt;
  return Definition{rows.int4(0, 0),  rows.bytes(0, 1), rows.bytes(0, 2), rows.bytes(0, 3),
                    rows.bytes(0, 4), rows.bytes(0, 5), rows.int4(0, 6),  rows.int4(0, 7)};
}

std::vector<StartReply> Postgres::start(std::span<const StartRequest> requests) {
  std::vector<StartReply> replies;
  replies.reserve(requests.size());
  while (replies.size() < requests.size()) {
    const auto rest = requests.subspan(replies.size());
    start_some(rest.first(std::min(rest.size(), starts_per_statement)), replies);
  }
  hint(queue_channel);
  return replies;
}

void Postgres::start_some(std::span<const StartRequest> requests,
                          std::vector<StartReply>& replies) {
  if (!partitions_until_) ensure_partitions();
  learn_names(requests);
  const auto text = [&](std::string StartRequest::*field) {
    return [field](const StartRequest& request) { return std::string_view(request.*field); };
  };
  Params params;
  params.array(requests, &StartRequest::definition);
  params.texts(requests, text(&StartRequest::namespace_name));
  params.texts(requests, text(&StartRequest::queue)).texts(requests, text(&StartRequest::actor));
  params.texts(requests, text(&StartRequest::key)).texts(requests, text(&StartRequest::labels));
  params.byteas(requests, text(&StartRequest::request));
  params.texts(requests, text(&StartRequest::folder));
  params.time(*partitions_until_).int2(start_kind);

  const Rows rows = session_.run(start_runs, params);
  std::vector<std::optional<StartReply>> found(requests.size());
  for (int i = 0; i < rows.count(); ++i) {
    found.at(static_cast<std::size_t>(rows.int8(i, 0) - 1)) =
        StartReply{RunId{rows.int8(i, 1)}, rows.int8(i, 2), StartReply::Result::started};
  }
  for (std::size_t i = 0; i < requests.size(); ++i) {
    replies.push_back(found[i] ? *found[i] : start_refused(requests[i]));
  }
}

/// Why a request made no run: its key is taken, or it cannot be at all.
StartReply Postgres::start_refused(const StartRequest& request) {
  if (!request.key.empty()) {
    Params params;
    params.int4(request.definition).text(request.namespace_name).text(request.key);
    const Rows rows = session_.run(find_key, params.bytes(request.request));
    if (!rows.empty()) {
      return {RunId{rows.int8(0, 0)}, rows.int8(0, 1),
              rows.flag(0, 2) ? StartReply::Result::exists : StartReply::Result::conflict};
    }
  }
  if (!definition(request.definition)) {
    throw Error(ErrorKind::usage, "the run cannot be started",
                "there is no definition " + std::to_string(request.definition));
  }
  // The clock has passed the last partition since this session looked.
  partitions_until_.reset();
  ensure_partitions();
  throw Unavailable("the day had no partition; it has one now");
}

/// Makes sure that the namespaces and queues of `requests` have rows.
void Postgres::learn_names(std::span<const StartRequest> requests) {
  const auto known = [&](const StartRequest& request) {
    return names_.contains(request.namespace_name + '\n' + request.queue);
  };
  if (std::ranges::all_of(requests, known)) return;
  Params params;
  params.texts(requests, &StartRequest::namespace_name).texts(requests, &StartRequest::queue);
  session_.run(add_names, params);
  for (const StartRequest& request : requests) {
    names_.insert(request.namespace_name + '\n' + request.queue);
  }
}

SendReply Postgres::send(RunId run, std::int16_t kind, const std::string& actor,
                         const std::string& dedup, const std::string& body, bool reopen) {
  Params params;
  params.int8(run.value).int2(kind).text(actor);
  dedup.empty() ? params.null() : params.text(dedup);
  params.bytes(body).flag(reopen);
  for (;;) {
    try {
      const Rows rows = session_.run(send_request, params);
      if (!rows.empty()) {
        hint(inbox_channel);
        return {rows.int8(0, 0), true};
      }
      return {0, !session_.run(find_run, Params().int8(run.value)).empty()};
    } catch (const SqlError& error) {
      if (error.state() != unique_violation || dedup.empty()) throw;
    }
    // Sent before and not read yet: the first one counts. Read meanwhile: send it, the core knows
    // its id.
    const Rows rows = session_.run(find_dedup, Params().int8(run.value).text(dedup));
    if (!rows.empty()) return {rows.int8(0, 0), true};
  }
}

std::vector<Statement> intake_statements() {
  return {add_definition, read_definition, add_names,  start_runs,
          find_key,       send_request,    find_dedup, find_run};
}

}  // namespace pawl::store
