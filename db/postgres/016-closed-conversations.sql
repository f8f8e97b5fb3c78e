-- A direct conversation that somebody has closed: not among his, until something is written in it or he opens it again.
alter table conversation_recipients add column closed boolean not null default false;
