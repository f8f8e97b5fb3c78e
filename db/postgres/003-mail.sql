-- An address belongs to whom confirmed it. Until then any number of accounts may name it, so that registering with
-- one that is known looks like registering with any other.
drop index users_email;
create unique index users_email on users (lower(email)) where verified;

-- A mail goes with the token that it carries, when that is redeemed, replaced or expired; without one it stays.
alter table mail_queue add column token_hash bytea references email_tokens on delete cascade;
create index mail_queue_token on mail_queue (token_hash);
create index email_tokens_expiry on email_tokens (expires_at);
