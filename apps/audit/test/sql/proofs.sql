-- checkpoints
select *
  from "read_model"."checkpoints"
  order by "size" desc
  limit $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";

-- latest
select *
  from "read_model"."checkpoints"
  order by "size" desc
  limit $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";

-- checkpoints: from a cursor on
select *
  from "read_model"."checkpoints"
  where ("size") < ($1)
  order by "size" desc
  limit $2;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";

-- inclusion: in the latest tree
select "place", "positions"
  from "read_model"."leaves"
  where "tree" = $1 and (first_commit, first_prepare) <= ($2::numeric, $3::numeric)
  order by "first_commit" desc, "first_prepare" desc
  limit $4;
select *
  from "read_model"."checkpoints"
  order by "size" desc
  limit $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";
select "read_model"."trees"."tree", "head"."size", "head"."root"
  from "read_model"."trees"
  inner join lateral (select "read_model"."tenant_heads"."size", "read_model"."tenant_heads"."root"
  from "read_model"."tenant_heads"
  where "read_model"."tenant_heads"."tree" = "read_model"."trees"."tree" and "read_model"."tenant_heads"."log_size" <= $1
  order by "read_model"."tenant_heads"."log_size" desc
  limit $2) as "head" on true;
select "place", "positions"
  from "read_model"."leaves"
  where "tree" = $1 and (first_commit, first_prepare) <= ($2::numeric, $3::numeric)
  order by "first_commit" desc, "first_prepare" desc
  limit $4;
select "hashes"
  from "read_model"."tiles"
  where "tree" = $1 and "level" = $2 and "place" = $3;
select "entry"
  from "read_model"."entries"
  where "leaf" >= $1 and "leaf" < $2
  order by "leaf";

-- inclusion: in a tree of a size
select "place", "positions"
  from "read_model"."leaves"
  where "tree" = $1 and (first_commit, first_prepare) <= ($2::numeric, $3::numeric)
  order by "first_commit" desc, "first_prepare" desc
  limit $4;
select *
  from "read_model"."trees"
  where "tree" = $1;
select "log_size"
  from "read_model"."tenant_heads"
  where "tree" = $1 and "size" = $2;
select *
  from "read_model"."checkpoints"
  where "size" = $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";
select "read_model"."trees"."tree", "head"."size", "head"."root"
  from "read_model"."trees"
  inner join lateral (select "read_model"."tenant_heads"."size", "read_model"."tenant_heads"."root"
  from "read_model"."tenant_heads"
  where "read_model"."tenant_heads"."tree" = "read_model"."trees"."tree" and "read_model"."tenant_heads"."log_size" <= $1
  order by "read_model"."tenant_heads"."log_size" desc
  limit $2) as "head" on true;
select "place", "positions"
  from "read_model"."leaves"
  where "tree" = $1 and (first_commit, first_prepare) <= ($2::numeric, $3::numeric)
  order by "first_commit" desc, "first_prepare" desc
  limit $4;
select "hashes"
  from "read_model"."tiles"
  where "tree" = $1 and "level" = $2 and "place" = $3;
select "entry"
  from "read_model"."entries"
  where "leaf" >= $1 and "leaf" < $2
  order by "leaf";

-- consistency: with the latest tree
select *
  from "read_model"."checkpoints"
  order by "size" desc
  limit $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";
select "read_model"."trees"."tree", "head"."size", "head"."root"
  from "read_model"."trees"
  inner join lateral (select "read_model"."tenant_heads"."size", "read_model"."tenant_heads"."root"
  from "read_model"."tenant_heads"
  where "read_model"."tenant_heads"."tree" = "read_model"."trees"."tree" and "read_model"."tenant_heads"."log_size" <= $1
  order by "read_model"."tenant_heads"."log_size" desc
  limit $2) as "head" on true;
select "log_size"
  from "read_model"."tenant_heads"
  where "tree" = $1 and "size" = $2;
select *
  from "read_model"."checkpoints"
  where "size" = $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";
select "read_model"."trees"."tree", "head"."size", "head"."root"
  from "read_model"."trees"
  inner join lateral (select "read_model"."tenant_heads"."size", "read_model"."tenant_heads"."root"
  from "read_model"."tenant_heads"
  where "read_model"."tenant_heads"."tree" = "read_model"."trees"."tree" and "read_model"."tenant_heads"."log_size" <= $1
  order by "read_model"."tenant_heads"."log_size" desc
  limit $2) as "head" on true;

-- consistency: with a tree of a size
select *
  from "read_model"."trees"
  where "tree" = $1;
select "log_size"
  from "read_model"."tenant_heads"
  where "tree" = $1 and "size" = $2;
select *
  from "read_model"."checkpoints"
  where "size" = $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";
select "read_model"."trees"."tree", "head"."size", "head"."root"
  from "read_model"."trees"
  inner join lateral (select "read_model"."tenant_heads"."size", "read_model"."tenant_heads"."root"
  from "read_model"."tenant_heads"
  where "read_model"."tenant_heads"."tree" = "read_model"."trees"."tree" and "read_model"."tenant_heads"."log_size" <= $1
  order by "read_model"."tenant_heads"."log_size" desc
  limit $2) as "head" on true;
select "log_size"
  from "read_model"."tenant_heads"
  where "tree" = $1 and "size" = $2;
select *
  from "read_model"."checkpoints"
  where "size" = $1;
select "size", "witness", "line"
  from "read_model"."cosignatures"
  where "size" in ($1)
  order by "witness";
select "read_model"."trees"."tree", "head"."size", "head"."root"
  from "read_model"."trees"
  inner join lateral (select "read_model"."tenant_heads"."size", "read_model"."tenant_heads"."root"
  from "read_model"."tenant_heads"
  where "read_model"."tenant_heads"."tree" = "read_model"."trees"."tree" and "read_model"."tenant_heads"."log_size" <= $1
  order by "read_model"."tenant_heads"."log_size" desc
  limit $2) as "head" on true;

-- keys
select *
  from "read_model"."log_keys"
  order by "place";

-- tile
select "hashes"
  from "read_model"."tiles"
  where "tree" = $1 and "level" = $2 and "place" = $3;

-- entries
select "entry"
  from "read_model"."entries"
  where "leaf" >= $1 and "leaf" < $2
  order by "leaf";
select *
  from "read_model"."trees"
  where "tree" = $1;

