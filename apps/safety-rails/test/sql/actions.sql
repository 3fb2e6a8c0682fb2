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

-- list: of these requesters
select *
  from "actions"
  where "tenant_id" = $1 and "requester" in ($2, $3)
  order by "accepted_at" desc, "action_id" desc
  limit $4;

-- list: with every filter
select *
  from "actions"
  where "tenant_id" = $1 and "state" = $2 and "action_type" = $3 and "entity_id" = $4 and "intent_id" = $5 and "action_id" in ($6, $7) and "action_id" >= $8 and "action_id" <= $9 and "dry_run" = $10 and "state" not in ($11, $12, $13, $14, $15, $16, $17, $18, $19) and "accepted_at" >= $20 and "accepted_at" < $21 and ("accepted_at", "action_id") < ($22, $23)
  order by "accepted_at" desc, "action_id" desc
  limit $24;

-- counts
select "state", "dry_run", count(*) as "n"
  from "actions"
  where "tenant_id" = $1
  group by "state", "dry_run";

