-- What a session said of itself last (JSON), after its record was made.
alter table session_records add column presence text;
