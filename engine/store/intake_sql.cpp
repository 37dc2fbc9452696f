#include <sodium.h>

#include <chrono>
#include <random>

#include "base/error.hpp"
#include "store/postgres_store.hpp"

/// What comes from outside: definitions, starts, requests.
namespace pawl::store {

namespace {

constexpr int id_random_bits = 21;

/// 42 bits of the database's milliseconds, 21 random ones.
std::int64_t make_run_id(TimePoint now) {
  static thread_local std::mt19937_64 random{std::random_device{}()};
  const std::int64_t ms =
      std::chrono::duration_cast<std::chrono::milliseconds>(now.time_since_epoch()).count();
  const auto low = static_cast<std::int64_t>(random() & ((1U << id_random_bits) - 1));
  return ms << id_random_bits | low;
}

std::string sha256(std::string_view bytes) {
  std::string hash(crypto_hash_sha256_BYTES, '\0');
  crypto_hash_sha256(reinterpret_cast<unsigned char*>(hash.data()),
                     reinterpret_cast<const unsigned char*>(bytes.data()), bytes.size());
  return hash;
}

}  // namespace

std::int32_t Postgres::put_definition(const Definition& definition) {
  // A compiler with another plan_version makes a row of its own.
  const std::string hash = sha256(definition.hash + ':' + std::to_string(definition.plan_version) +
                                  ':' + definition.file);
  const auto insert = [&] {
    return session_.run(
        R"(with n as (insert into definition(hash, name, file, bundle, plan, plan_version, sem)
             values ($1::bytea, $2::text, $3::text, $4::bytea, $5::bytea, $6::int, $7::int)
             on conflict (hash) do nothing returning def_id)
           select def_id from n union all select def_id from definition where hash = $1 limit 1)",
        Params()
            .bytes(hash)
            .text(definition.name)
            .text(definition.file)
            .bytes(definition.bundle)
            .bytes(definition.plan)
            .int4(definition.plan_version)
            .int4(definition.sem));
  };
  Rows rows = insert();
  // Another session stored it between our snapshot and our insert: now it can be seen.
  if (rows.empty()) rows = insert();
  return rows.int4(0, 0);
}

std::vector<StartReply> Postgres::start(std::span<const StartRequest> requests) {
  std::vector<StartReply> replies;
  for (const StartRequest& request : requests) replies.push_back(start_one(request));
  hint();
  return replies;
}

/// Wakes the listeners. Apart from the change and after it: a commit that notifies takes a lock on
/// the whole server, and a hint that is lost is made up for by polling.
void Postgres::hint() { session_.script("notify pawl"); }

StartReply Postgres::start_one(const StartRequest& request) {
  const Rows clock = session_.run("select clock_timestamp()");
  const std::int64_t id = make_run_id(clock.time(0, 0).value_or(TimePoint{}));
  Params params;
  params.int8(id).int4(request.definition).text(request.namespace_name).text(request.queue);
  params.text(request.actor);
  request.key.empty() ? params.null() : params.text(request.key);
  params.text(request.labels).bytes(request.request).text(request.folder);
  params.bytes(sha256(request.request));
  const Rows rows = session_.run(
      R"(with d as (select name from definition where def_id = $2::int),
         ns as (select id from namespace where name = $3::text),
         q as (select id from queue where name = $4::text),
         k as (insert into idem_key(namespace, workflow, key, run_id, request_sha)
           select ns.id, d.name, $6::text, $1::bigint, $10::bytea from d, ns, q
           where $6 is not null on conflict do nothing returning run_id),
         go as (select d.name, ns.id as ns, q.id as q from d, ns, q
           where $6 is null or exists (select 1 from k)),
         r as (insert into run(run_id, def_id, namespace, queue, state, ready_at)
           select $1, $2, go.ns, go.q, 0, clock_timestamp() from go),
         n as (insert into run_info(run_id, namespace, workflow, key, labels, actor, folder)
           select $1, go.ns, go.name, $6, $7::text::jsonb, $5::text, $9::text from go
           returning number),
         x as (insert into run_inbox(run_id, seq, parked) select $1, 1, true from go),
         i as (insert into inbox(run_id, seq, kind, actor, body)
           select $1, 1, 0, $5, $8::bytea from go)
         select number from n)",
      params);
  if (!rows.empty()) return {RunId{id}, rows.int8(0, 0), StartReply::Result::started};
  const Rows known = session_.run(
      R"(select k.run_id, i.number, k.request_sha = $4::bytea from idem_key k
         join run_info i on i.run_id = k.run_id join definition d on d.name = k.workflow
         join namespace ns on ns.id = k.namespace
         where d.def_id = $1::int and ns.name = $2::text and k.key = $3::text)",
      Params()
          .int4(request.definition)
          .text(request.namespace_name)
          .text(request.key)
          .bytes(sha256(request.request)));
  if (known.empty()) {
    throw Error(ErrorKind::usage, "the run cannot be started",
                "there is no definition, namespace '" + request.namespace_name + "' or queue '" +
                    request.queue + "'");
  }
  return {RunId{known.int8(0, 0)}, known.int8(0, 1),
          known.flag(0, 2) ? StartReply::Result::exists : StartReply::Result::conflict};
}

SendReply Postgres::send(RunId run, std::int16_t kind, const std::string& actor,
                         const std::string& dedup, const std::string& body, bool reopen) {
  Params params;
  params.int8(run.value).int2(kind).text(actor);
  dedup.empty() ? params.null() : params.text(dedup);
  params.bytes(body).flag(reopen);
  // `parked` is read where the counter is raised: a guard on run's own row would be judged by an
  // old snapshot after waiting, and a wake-up would be lost.
  const Rows rows = session_.run(
      R"(with known as (select seq from inbox where run_id = $1::bigint and dedup = $4::text),
         s as (update run_inbox set seq = seq + 1, closed = false
           where run_id = $1 and (not closed or $6::bool) and not exists (select 1 from known)
           returning run_id, seq, parked),
         i as (insert into inbox(run_id, seq, kind, actor, dedup, body)
           select run_id, seq, $2::smallint, $3::text, $4, $5::bytea from s),
         w as (update run set ready_at = clock_timestamp(), wake_at = null from s
           where run.run_id = s.run_id and s.parked)
         select seq from s union all select seq from known limit 1)",
      params);
  if (!rows.empty()) {
    hint();
    return {rows.int8(0, 0), true};
  }
  const Rows known =
      session_.run("select 1 from run where run_id = $1::bigint", Params().int8(run.value));
  return {0, !known.empty()};
}

}  // namespace pawl::store
