alter table email_tokens drop constraint email_tokens_purpose_check;
alter table email_tokens add constraint email_tokens_purpose_check check (purpose in ('verify', 'reset'));

-- Who asked for a link to choose a new password, as he named himself: whether there is such an account is found out
-- afterwards, so that neither the answer nor its time tells.
create table reset_requests (
  id bigint primary key default snowflake(),
  login text not null
);
