-- Who changes is told to everybody who has a relationship with him. As far as that has come is profile_changes.guild_id,
-- whatever kind that id is of: a rename would break the processes of before, which go on while one upgrades.
create index relationships_other on relationships (other_id);
