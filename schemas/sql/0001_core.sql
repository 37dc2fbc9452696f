-- The tables of the engine. Why each is as it is: docs/architecture.md, "The database".
--
-- Hot rows (lane, run, run_inbox, step_instance) carry no secondary index over columns that change,
-- so that updates stay HOT. History is partitioned by the day in the run's id; there is no DEFAULT
-- partition, because with one neither ATTACH nor DETACH can be done beside readers.
-- No foreign keys on hot tables: the owner of a run is its only writer.

create table namespace (
  id int generated always as identity primary key,
  name text not null unique
);
comment on table namespace is 'What a token or a command may see.';
insert into namespace(name) values ('default');

create table queue (
  id int generated always as identity primary key,
  name text not null unique
);
insert into queue(name) values ('default');

create table worker (
  inc bigint generated always as identity primary key,
  name text not null,
  host text not null,
  boot bigint not null default 0,
  build text not null,
  queues text[] not null default '{default}',
  sem_min int not null,
  sem_max int not null,
  started_at timestamptz not null default clock_timestamp(),
  fenced_at timestamptz
);
comment on table worker is 'One row for each start of a worker; inc is never used again.';
comment on column worker.boot is 'Tells restarts of the host apart; 0 when unknown.';

create table lane (
  inc bigint not null,
  lane smallint not null,
  last_seq bigint not null default 0,
  fenced boolean not null default false,
  lease_until timestamptz not null,
  primary key (inc, lane)
) with (fillfactor = 20, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 1000);
comment on table lane is
  'Fence, lease, duplicate detection and the answer to a lost COMMIT, in one row that every batch updates first.';

create table definition (
  def_id int generated always as identity primary key,
  hash bytea not null,
  name text not null,
  file text not null,
  bundle bytea not null,
  plan bytea not null,
  plan_version int not null,
  sem int not null,
  created_at timestamptz not null default clock_timestamp(),
  unique (hash, name, plan_version, sem)
);
comment on table definition is 'A workflow file as it was started; a new compiler makes a new row.';
comment on column definition.hash is 'SHA-256 of the bundle.';

create table run (
  run_id bigint primary key,
  parent bigint,
  def_id int not null,
  namespace int not null,
  queue int not null,
  version int not null default 0,
  state smallint not null default 0,
  priority smallint not null default 0,
  lane smallint,
  owner_inc bigint,
  inbox_done bigint not null default 0,
  created_at timestamptz not null default clock_timestamp(),
  ready_at timestamptz,
  wake_at timestamptz,
  ended_at timestamptz
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
comment on column run.run_id is 'Milliseconds since 1970 << 21 | 21 random bits: a day is a range.';
comment on column run.version is 'seq of the last event.';
comment on column run.state is 'core::RunPhase: 0 queued … 9 quarantined.';
create index run_owner on run(owner_inc) where owner_inc is not null;
create index run_timer on run(wake_at) where owner_inc is null and wake_at is not null;
create index run_ready on run(queue, priority desc, ready_at, run_id)
  where owner_inc is null and ready_at is not null;

create table run_info (
  run_id bigint primary key,
  number bigint generated always as identity unique,
  namespace int not null,
  workflow text not null,
  key text,
  labels jsonb not null default '{}',
  actor text,
  folder text not null default '',
  created_at timestamptz not null default clock_timestamp()
);
comment on table run_info is 'What never changes about a run; apart from run, so that its indexes cost updates nothing.';
create index run_info_workflow on run_info(workflow, number desc);
create index run_info_key on run_info(key) where key is not null;

create table idem_key (
  namespace int not null,
  workflow text not null,
  key text not null,
  run_id bigint not null,
  request_sha bytea not null,
  primary key (namespace, workflow, key)
);
comment on table idem_key is 'Not partitioned: a key is unique over all days.';

create table run_inbox (
  run_id bigint primary key,
  seq bigint not null default 0,
  parked boolean not null default false,
  closed boolean not null default false
) with (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 2000,
        autovacuum_vacuum_cost_delay = 0);
comment on table run_inbox is
  'Numbers what comes from outside. Apart from run: nobody but its owner may lock a run''s row.';

create table inbox (
  run_id bigint not null,
  seq bigint not null,
  at timestamptz not null default clock_timestamp(),
  kind smallint not null,
  actor text,
  dedup text,
  body bytea,
  primary key (run_id, seq)
) with (autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 5000,
        autovacuum_vacuum_cost_delay = 0);
create unique index inbox_dedup on inbox(run_id, dedup) where dedup is not null;

create table event (
  run_id bigint not null,
  at timestamptz not null,
  seq int not null,
  kind smallint not null,
  body_v smallint not null,
  actor text,
  body bytea,
  primary key (run_id, seq)
) partition by range (run_id);
comment on table event is 'Append-only, gapless per run: one row for all transitions of one apply.';

create table step_instance (
  run_id bigint not null,
  at timestamptz not null,
  inst int not null,
  attempt int not null,
  seq int not null,
  state smallint not null,
  reason smallint not null,
  path text,
  body bytea,
  primary key (run_id, inst)
) partition by range (run_id);
comment on table step_instance is
  'Present state of each step from its first change on; inst 0 is the run itself. seq is the event that changed it.';

create table step_progress (
  run_id bigint not null,
  inst int not null,
  attempt int not null,
  fraction double precision,
  done double precision,
  total double precision,
  message text,
  at timestamptz not null,
  primary key (run_id, inst)
) with (fillfactor = 50);
comment on table step_progress is 'Last one wins; written with synchronous_commit off.';

create table step_note (
  run_id bigint not null,
  inst int not null,
  generation int not null,
  kind smallint not null,
  key text not null,
  at timestamptz not null default clock_timestamp(),
  body bytea not null,
  primary key (run_id, inst, generation, kind, key)
) partition by range (run_id);
comment on table step_note is 'What a step keeps across its attempts: its last checkpoint (kind 0), its memos (kind 1).';

create table value_chunk (
  run_id bigint not null,
  value_id int not null,
  n int not null,
  bytes bytea not null,
  primary key (run_id, value_id, n)
) partition by range (run_id);
alter table value_chunk alter column bytes set storage external;

create table log_chunk (
  run_id bigint not null,
  inst int not null,
  attempt int not null,
  n int not null,
  at timestamptz not null,
  bytes bytea not null,
  primary key (run_id, inst, attempt, n)
) partition by range (run_id);
alter table log_chunk alter column bytes set storage external;

create table task (
  run_id bigint not null,
  inst int not null,
  attempt int not null,
  queue int not null,
  priority smallint not null,
  ready_at timestamptz not null default clock_timestamp(),
  leased_by bigint,
  token bigint,
  body bytea,
  primary key (run_id, inst, attempt)
) with (fillfactor = 70, autovacuum_vacuum_scale_factor = 0, autovacuum_vacuum_threshold = 2000);
comment on table task is 'Attempts that travel to another worker; a row lives while the attempt is open.';

create table outbox (
  id bigint generated always as identity primary key,
  inc bigint not null,
  to_run bigint not null,
  kind smallint not null,
  dedup text not null,
  body bytea
);
comment on table outbox is 'What a run says to another, moved to its inbox after the batch.';
