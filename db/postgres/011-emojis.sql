-- A guild's own emojis, at most a hundred: JSON, as the guild's state has them. Their pictures are among the files.
alter table guilds add column emojis jsonb not null default '[]';
