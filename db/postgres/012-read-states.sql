-- Whom a message notifies: a user, a role, everybody in a guild or everybody in a conversation, each by its id. position
-- is that of the message in the log.
create table mentions (
  message_id bigint not null,
  target_id bigint not null,
  channel_id bigint not null,
  author_id bigint not null,
  position bigint not null,
  primary key (message_id, target_id)
);
create index mentions_channel on mentions (channel_id, message_id);
create index mentions_target on mentions (target_id, message_id);

-- How far somebody has read a channel. mention_count: what he said himself when he marked something as unread; null:
-- as many as there are after last_message_id. What is up to acked_id, mentions for that count and messages of his own,
-- changes nothing any more. It refers to no other table: a projection that waits for a user's lock could wait for ever.
create table read_states (
  user_id bigint not null,
  channel_id bigint not null,
  last_message_id bigint,
  acked_id bigint not null default 0,
  mention_count integer,
  flags integer not null default 0,
  last_viewed integer,
  last_pin_timestamp timestamptz,
  version bigint not null default 0,
  primary key (user_id, channel_id)
);

-- The first id of a moment: what came before it has a smaller one.
create function snowflake_at(at timestamptz) returns bigint language sql immutable as $$
  select greatest(0, floor(extract(epoch from at) * 1000)::bigint - 1420070400000) << 22
$$;
