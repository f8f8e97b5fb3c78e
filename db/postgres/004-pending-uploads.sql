-- Files that were announced and are in no message yet; a cluster keeps them elsewhere.
create table pending_uploads (
  id bigint primary key,
  user_id bigint not null,
  channel_id bigint not null,
  filename text not null,
  size integer not null,
  content_type text not null,
  claimed_by text,
  expires_at timestamptz not null
);
create index pending_uploads_expiry on pending_uploads (expires_at);
