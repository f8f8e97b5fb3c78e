-- What was done in a guild, by whom and why. changes and options are JSON, as the wire has them.
create table audit_log (
  id bigint primary key,
  guild_id bigint not null references guilds on delete cascade,
  user_id bigint not null,
  target_id bigint,
  action_type smallint not null,
  changes text not null,
  options text,
  reason text
);
create index audit_log_guild on audit_log (guild_id, id);

-- Messages of banned people that are still to be deleted: those with ids after after_id and before before_id. The
-- timelines of a guild are read once from the first to the last channel, and once more for creates that were under
-- way; channel_id and message_id are how far that has come.
create table message_deletions (
  id bigint primary key,
  guild_id bigint not null references guilds on delete cascade,
  user_ids bigint[] not null,
  after_id bigint not null,
  before_id bigint not null,
  again boolean not null default true,
  channel_id bigint not null default 0,
  message_id bigint not null default 0,
  due_at timestamptz not null default now()
);
create index message_deletions_due on message_deletions (due_at);
