-- What a message has and whom it concerns: by this it is found besides its words.
alter table search_documents add column facts text[] not null default '{}';
create index search_documents_facts on search_documents using gin (facts);

-- How many other words stand between those wanted, where these are closest together; null: not all are there.
create function words_between(words tsvector, wanted text[]) returns int language sql immutable as $$
  with places as (
    select lexeme, unnest(positions) as place from unnest(words) where lexeme = any(wanted)
  )
  select min(nearest.last - first.place + 1) - cardinality(wanted)
  from (select distinct place from places) as first
  cross join lateral (
    select max(place) as last from (
      select min(place) as place from places where place >= first.place group by lexeme
    ) as each
    having count(*) = cardinality(wanted)
  ) as nearest
$$;

-- What is there has no facts yet: the log is applied once more, or what it no longer has is read from the timeline.
-- A cluster has its index elsewhere.
update projections set position = 0 where name = 'search' and exists (select from search_documents);
update search_documents set content_position = 0 where not deleted;
