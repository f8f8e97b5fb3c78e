-- What a message has and whom it concerns: by this it is found besides its words.
alter table search_documents add column facts text[] not null default '{}';

-- What is there has no facts yet: the log is applied once more, or what it no longer has is read from the timeline.
-- A cluster has its index elsewhere.
update projections set position = 0 where name = 'search' and exists (select from search_documents);
update search_documents set content_position = 0 where not deleted;

create index search_documents_facts on search_documents using gin (facts);
-- Those that have none yet: each has its author at least.
create index search_documents_unfilled on search_documents (message_id) where not deleted and facts = '{}';

-- Do all words stand somewhere with at most so many others between them?
create function words_are_close(words tsvector, wanted text[], between_them int) returns boolean
language sql immutable as $$
  with places as materialized (
    select lexeme, unnest(positions) as place from unnest(words) where lexeme = any(wanted)
  )
  select exists (
    select from (select distinct place from places) as first
    where cardinality(wanted) = (
      select count(distinct lexeme) from places
      where place between first.place and first.place + cardinality(wanted) + between_them - 1
    )
  )
$$;
