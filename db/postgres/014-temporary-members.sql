-- Who came by a temporary invite: a member only while he is there, until he is given a role. Of the membership that began
-- then; another one is not temporary.
create table temporary_members (
  guild_id bigint not null references guilds on delete cascade,
  user_id bigint not null references users on delete cascade,
  joined_at timestamptz not null,
  primary key (guild_id, user_id)
);
