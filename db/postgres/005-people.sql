-- What people keep for themselves: each change is a link of the user's own chain.
create table user_settings (
  user_id bigint primary key references users on delete cascade,
  version integer not null,
  settings jsonb not null
);

create table notes (
  user_id bigint not null references users on delete cascade,
  about_id bigint not null references users on delete cascade,
  note text not null,
  primary key (user_id, about_id)
);

-- How one stands to another: 1 friend, 2 blocked, 3 asked by the other, 4 asked the other. 1, 3 and 4 have the
-- counterpart in the other's row.
create table relationships (
  user_id bigint not null references users on delete cascade,
  other_id bigint not null references users on delete cascade,
  type smallint not null check (type between 1 and 4),
  since timestamptz not null default now(),
  primary key (user_id, other_id),
  check (user_id <> other_id)
);
