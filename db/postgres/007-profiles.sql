-- People and bots who have changed, and whose guilds are still to be told what they are now: guild_id is how far that
-- has come. All guilds are told once, and those once more that were being joined at the moment of the change.
create table profile_changes (
  user_id bigint primary key references users on delete cascade,
  id bigint not null,
  changed_at timestamptz not null default now(),
  again boolean not null default true,
  guild_id bigint not null default 0,
  due_at timestamptz not null default now()
);
create index profile_changes_due on profile_changes (due_at);
