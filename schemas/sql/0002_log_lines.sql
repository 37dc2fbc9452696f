-- So that "48,012 earlier" is told without reading them. Rows of older builds have null: unknown.
alter table log_chunk add column lines int;
comment on column log_chunk.lines is 'Ends of lines in the chunk, of all its streams.';

-- `pawl runs label.team=data` over a million runs.
create index run_info_labels on run_info using gin (labels jsonb_path_ops);
