-- checkpoints
select *
  from "read_model"."checkpoints"
  where "tree" = $1
  order by "size" desc
  limit $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";

-- latest
select *
  from "read_model"."checkpoints"
  where "tree" = $1
  order by "size" desc
  limit $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";

-- checkpoints: from a cursor on
select *
  from "read_model"."checkpoints"
  where "tree" = $1 and "size" < $2
  order by "size" desc
  limit $3;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";

-- inclusion: in the latest tree
select "place", "positions"
  from "read_model"."leaves"
  where "tree" = $1 and (first_commit, first_prepare) <= ($2::numeric, $3::numeric)
  order by "first_commit" desc, "first_prepare" desc
  limit $4;
select *
  from "read_model"."checkpoints"
  where "tree" = $1
  order by "size" desc
  limit $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";
select "hashes"
  from "read_model"."tiles"
  where "tree" = $1 and "level" = $2 and "place" = $3;
select *
  from "read_model"."checkpoints"
  where "tree" = $1 and "size" = $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";

-- inclusion: in a tree of a size
select "place", "positions"
  from "read_model"."leaves"
  where "tree" = $1 and (first_commit, first_prepare) <= ($2::numeric, $3::numeric)
  order by "first_commit" desc, "first_prepare" desc
  limit $4;
select *
  from "read_model"."trees"
  where "tree" = $1;
select "hashes"
  from "read_model"."tiles"
  where "tree" = $1 and "level" = $2 and "place" = $3;
select *
  from "read_model"."checkpoints"
  where "tree" = $1 and "size" = $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";

-- consistency: with the latest tree
select *
  from "read_model"."checkpoints"
  where "tree" = $1
  order by "size" desc
  limit $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";
select *
  from "read_model"."checkpoints"
  where "tree" = $1 and "size" = $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";
select *
  from "read_model"."checkpoints"
  where "tree" = $1 and "size" = $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";

-- consistency: with a tree of a size
select *
  from "read_model"."trees"
  where "tree" = $1;
select *
  from "read_model"."checkpoints"
  where "tree" = $1 and "size" = $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";
select *
  from "read_model"."checkpoints"
  where "tree" = $1 and "size" = $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "tree" = $1 and "size" in ($2)
  order by "witness";

-- keys
select *
  from "read_model"."log_keys"
  order by "place";

-- tile
select "hashes"
  from "read_model"."tiles"
  where "tree" = $1 and "level" = $2 and "place" = $3;

