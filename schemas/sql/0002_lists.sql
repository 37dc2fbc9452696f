-- So that "48,012 earlier" is told without reading them. Rows of older builds have null: unknown.
alter table log_chunk add column lines int;
comment on column log_chunk.lines is 'Ends of lines in the chunk, of all its streams.';

-- `pawl runs state=failed` among a million that went well. A run enters and leaves the index where
-- its owner changes, so where an update could not be HOT anyway.
create index run_notable on run(run_id) where state <> 5;

-- `pawl runs label.team=data`
create index run_info_labels on run_info using gin (labels jsonb_path_ops);
