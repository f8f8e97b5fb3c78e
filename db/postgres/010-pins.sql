-- When the newest pin was made; taking one away does not change it.
alter table channels add column last_pin_timestamp timestamptz;
create index pins_channel on pins (channel_id, pinned_at);

-- What is still to be said in a channel of what has been done there: that a message is pinned now or is not, and a
-- message of the server's own (JSON). Whoever commits it says it at once; what a crash left is said when it is due.
create table notices (
  id bigint primary key,
  channel_id bigint not null references channels on delete cascade,
  pin_id bigint,
  message text,
  due_at timestamptz not null
);
create index notices_due on notices (due_at);
