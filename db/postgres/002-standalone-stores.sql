-- The stores that a cluster keeps elsewhere: the event log, session records, timeline, search, dev inbox.

create table event_log (
  position bigint primary key,
  subject text not null,
  type text not null,
  schema smallint not null,
  facts text not null,
  d text not null,
  dedupe_id text,
  appended_at timestamptz not null
);
create index event_log_subject on event_log (subject, position);
create index event_log_time on event_log (appended_at);

-- One row. last_position survives a purge of every event, so that positions never repeat.
create table event_log_state (
  singleton boolean primary key default true check (singleton),
  first_position bigint not null,
  last_position bigint not null
);
insert into event_log_state (first_position, last_position) values (1, 0);

create table session_records (
  session_id text primary key,
  user_id bigint not null,
  record text not null,
  s bigint not null,
  position bigint not null,
  touched_at timestamptz not null
);
create index session_records_user on session_records (user_id);
create index session_records_touched on session_records (touched_at);

-- A message is the merge of its cells, each with the position that wrote it: the larger position wins, so
-- that writes commute. created is the first version; deleted_position hides all.
create table timeline (
  channel_id bigint not null,
  message_id bigint not null,
  author_id bigint,
  created text,
  cells jsonb not null default '{}',
  deleted_position bigint,
  primary key (channel_id, message_id)
);

-- Exactly what pages read, in their order: with only the primary key, a planner without statistics sorts a channel.
create index timeline_pages on timeline (channel_id, message_id)
  where created is not null and deleted_position is null;

create function timeline_merge(a jsonb, b jsonb) returns jsonb language sql immutable as $$
  select coalesce(jsonb_object_agg(key, case
    when b->key is null or (a->key->>'p')::bigint >= (b->key->>'p')::bigint then a->key else b->key end), '{}')
  from jsonb_object_keys(a || b) as key
$$;

-- A withdrawn reaction keeps its row, since its addition may arrive later.
create table timeline_reactions (
  channel_id bigint not null,
  message_id bigint not null,
  emoji text not null,
  user_id bigint not null,
  present boolean not null,
  position bigint not null,
  primary key (channel_id, message_id, emoji, user_id)
);

create table search_documents (
  message_id bigint primary key,
  channel_id bigint not null,
  author_id bigint,
  content text not null default '',
  words tsvector generated always as (to_tsvector('simple', content)) stored,
  content_position bigint not null default 0,
  deleted boolean not null default false
);
create index search_documents_words on search_documents using gin (words);
create index search_documents_channel on search_documents (channel_id, message_id);

create table dev_inbox (
  id bigint primary key,
  recipient text not null,
  subject text not null,
  text text not null,
  html text not null,
  sent_at timestamptz not null
);
