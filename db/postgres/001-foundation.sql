-- Ids: Postgres' milliseconds since Discord's epoch in the upper 42 bits, a sequence in the lower 22.
create sequence snowflake_sequence;
create function snowflake() returns bigint language sql volatile as $$
  select (floor(extract(epoch from clock_timestamp()) * 1000)::bigint - 1420070400000) << 22
       | (nextval('snowflake_sequence') % 4194304)
$$;

-- Random values that all processes of an installation share (link signatures).
create table instance_secrets (
  name text primary key,
  value text not null
);
insert into instance_secrets
  values ('links', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''));

-- People and bots -----------------------------------------------------------------------------------------

create table users (
  id bigint primary key,
  username text not null,
  global_name text,
  avatar text,
  banner text,
  accent_color integer,
  bio text not null default '',
  bot boolean not null default false,
  public_flags integer not null default 0,
  email text,
  verified boolean not null default false,
  locale text not null default 'en-US',
  version bigint not null default 0
);
create unique index users_username on users (lower(username)) where not bot;
create unique index users_email on users (lower(email)) where email is not null;

-- Apart from users, so that only the auth service needs the right to read it.
create table credentials (
  user_id bigint primary key references users on delete cascade,
  password_hash text not null,
  date_of_birth date
);

create table applications (
  id bigint primary key,
  owner_id bigint not null references users,
  bot_id bigint references users,
  name text not null,
  description text not null default '',
  icon text,
  bot_public boolean not null default true,
  flags integer not null
);
create unique index applications_bot on applications (bot_id) where bot_id is not null;
create index applications_owner on applications (owner_id);

-- Login sessions of people and the tokens of bots, by SHA-256: a copy of the table opens no account.
create table tokens (
  hash bytea primary key,
  user_id bigint not null references users on delete cascade,
  application_id bigint references applications on delete cascade,
  user_agent text,
  created_at timestamptz not null default now()
);
create index tokens_user on tokens (user_id);

create table email_tokens (
  hash bytea primary key,
  user_id bigint not null references users on delete cascade,
  purpose text not null check (purpose in ('verify')),
  created_at timestamptz not null default now(),
  expires_at timestamptz not null
);
create index email_tokens_user on email_tokens (user_id, purpose);

create table mail_queue (
  id bigint primary key default snowflake(),
  recipient text not null,
  subject text not null,
  text text not null,
  html text not null,
  attempts integer not null default 0,
  due_at timestamptz not null default now()
);
create index mail_queue_due on mail_queue (due_at);

-- Guilds ----------------------------------------------------------------------------------------------------

-- version: that of the last relational event. structure_version: the same without those that only touch
-- members, so that cached roles and channels outlive joins.
create table guilds (
  id bigint primary key,
  name text not null,
  icon text,
  banner text,
  description text,
  owner_id bigint not null references users,
  afk_channel_id bigint,
  afk_timeout integer not null default 300,
  verification_level smallint not null default 0,
  default_message_notifications smallint not null default 0,
  explicit_content_filter smallint not null default 0,
  mfa_level smallint not null default 0,
  nsfw_level smallint not null default 0,
  system_channel_id bigint,
  system_channel_flags integer not null default 0,
  rules_channel_id bigint,
  public_updates_channel_id bigint,
  preferred_locale text not null default 'en-US',
  features text[] not null default '{}',
  version bigint not null default 0,
  structure_version bigint not null default 0
);

create table roles (
  id bigint primary key,
  guild_id bigint not null references guilds on delete cascade,
  name text not null,
  color integer not null default 0,
  hoist boolean not null default false,
  icon text,
  unicode_emoji text,
  position integer not null default 0,
  permissions bigint not null default 0,
  managed boolean not null default false,
  mentionable boolean not null default false,
  bot_id bigint,
  flags integer not null default 0
);
create index roles_guild on roles (guild_id);

-- Channels of guilds (guild_id set) and conversations (types 1 and 3, guild_id null; version is theirs alone).
create table channels (
  id bigint primary key,
  guild_id bigint references guilds on delete cascade,
  type smallint not null,
  name text,
  topic text,
  position integer not null default 0,
  nsfw boolean not null default false,
  rate_limit_per_user integer not null default 0,
  bitrate integer,
  user_limit integer,
  parent_id bigint,
  owner_id bigint,
  icon text,
  permission_overwrites jsonb not null default '[]',
  flags integer not null default 0,
  version bigint not null default 0
);
create index channels_guild on channels (guild_id);

create table conversation_recipients (
  channel_id bigint not null references channels on delete cascade,
  user_id bigint not null references users on delete cascade,
  primary key (channel_id, user_id)
);
create index conversation_recipients_user on conversation_recipients (user_id);

-- One direct conversation for two people, whoever opens it first.
create table direct_conversations (
  low_user_id bigint not null references users on delete cascade,
  high_user_id bigint not null references users on delete cascade,
  channel_id bigint not null references channels on delete cascade,
  primary key (low_user_id, high_user_id)
);

create table members (
  guild_id bigint not null references guilds on delete cascade,
  user_id bigint not null references users on delete cascade,
  nick text,
  avatar text,
  roles bigint[] not null default '{}',
  joined_at timestamptz not null,
  deaf boolean not null default false,
  mute boolean not null default false,
  flags integer not null default 0,
  communication_disabled_until timestamptz,
  primary key (guild_id, user_id)
);
create index members_user on members (user_id);

create table bans (
  guild_id bigint not null references guilds on delete cascade,
  user_id bigint not null references users on delete cascade,
  reason text,
  primary key (guild_id, user_id)
);

create table invites (
  code text primary key,
  guild_id bigint not null references guilds on delete cascade,
  channel_id bigint not null,
  inviter_id bigint not null references users,
  max_age integer not null,
  max_uses integer not null,
  uses integer not null default 0,
  temporary boolean not null default false,
  created_at timestamptz not null default now(),
  expires_at timestamptz
);
create index invites_guild on invites (guild_id);
create index invites_channel on invites (channel_id);

create table pins (
  channel_id bigint not null,
  message_id bigint not null,
  pinned_at timestamptz not null,
  primary key (channel_id, message_id)
);

-- The last message of each author in a channel with slow mode.
create table slow_mode (
  channel_id bigint not null,
  user_id bigint not null,
  sent_at timestamptz not null,
  primary key (channel_id, user_id)
);

-- The outbox ------------------------------------------------------------------------------------------------

-- Committed with the change it tells of. undo holds what the change replaced: states at earlier positions are
-- made by undoing rows from the newest. position is set once the row is known to be in the log.
create table outbox (
  aggregate_kind text not null check (aggregate_kind in ('guild', 'user', 'conversation')),
  aggregate_id bigint not null,
  version bigint not null,
  type text not null,
  schema smallint not null,
  facts text not null,
  d text not null,
  undo text not null,
  member_id bigint,
  position bigint,
  created_at timestamptz not null default now(),
  primary key (aggregate_kind, aggregate_id, version)
);
create index outbox_unmarked on outbox (created_at) where position is null;
create index outbox_marked on outbox (position) where position is not null;
create index outbox_member on outbox (member_id) where member_id is not null;

-- What a create that ended in 503 had taken: an identical repeat within a minute takes it over.
create table create_attempts (
  caller_id bigint not null,
  route text not null,
  body_hash bytea not null,
  id bigint not null,
  expires_at timestamptz not null,
  primary key (caller_id, route, body_hash)
);

-- How far each projection has applied the log; 'log' is the highest position that anybody saw.
create table projections (
  name text primary key,
  position bigint not null default 0
);

create table channel_heads (
  channel_id bigint primary key,
  last_message_id bigint not null
);
