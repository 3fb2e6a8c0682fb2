-- one
select *
  from "actions"
  where "tenant_id" = $1 and "action_id" = $2;

-- list
select *
  from "actions"
  where "tenant_id" = $1
  order by "accepted_at" desc, "action_id" desc
  limit $2;

-- list: with every filter
select *
  from "actions"
  where "tenant_id" = $1 and "state" = $2 and "action_type" = $3 and "entity_id" = $4 and "intent_id" = $5 and "accepted_at" >= $6 and "accepted_at" < $7 and ("accepted_at", "action_id") < ($8, $9)
  order by "accepted_at" desc, "action_id" desc
  limit $10;

-- counts
select "state", count(*) as "n"
  from "actions"
  where "tenant_id" = $1
  group by "state";

