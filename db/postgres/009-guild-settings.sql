-- How somebody wants to hear of a guild; guild_id 0: of his conversations. settings has what he ever chose, and as
-- channel_overrides the same by channel.
create table user_guild_settings (
  user_id bigint not null references users on delete cascade,
  guild_id bigint not null,
  version integer not null,
  settings jsonb not null,
  primary key (user_id, guild_id)
);
