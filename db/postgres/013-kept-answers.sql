-- What requests under an Idempotency-Key were answered. A row is there before its request does anything, and names the
-- id that a create takes: whoever repeats one that was cut off goes on with it.
create table kept_answers (
  caller_id bigint not null,
  -- The hash of method, path and key, and that of what was sent.
  request bytea not null,
  body_hash bytea not null,
  id bigint not null,
  -- Who carries it out, and for how long nobody else does.
  claimed_by bigint not null,
  claimed_until timestamptz not null,
  begun_at timestamptz not null default now(),
  expires_at timestamptz not null,
  -- Null until it was answered.
  status smallint,
  answer text,
  primary key (caller_id, request)
);
create index kept_answers_expiry on kept_answers (expires_at);
