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
  where "tenant_id" = $1 and "state" = $2 and "action_type" = $3 and "entity_id" = $4 and starts_with("entity_id", $5) and "agent" = $6 and "account_id" = $7 and verdicts ->> $8 = any($9) and "intent_id" = $10 and "action_id" in ($11, $12) and "action_id" >= $13 and "action_id" <= $14 and "dry_run" = $15 and "state" not in ($16, $17, $18, $19, $20, $21, $22, $23, $24) and "accepted_at" >= $25 and "accepted_at" < $26 and ("accepted_at", "action_id") < ($27, $28)
  order by "accepted_at" desc, "action_id" desc
  limit $29;

-- list: by a gate that did not pass
select *
  from "actions"
  where "tenant_id" = $1 and verdicts ->> $2 = any($3)
  order by "accepted_at" desc, "action_id" desc
  limit $4;

-- list: by a verdict of any gate
select *
  from "actions"
  where "tenant_id" = $1 and exists (select
  from json_each_text(verdicts) as judged
  where judged.value = any($2))
  order by "accepted_at" desc, "action_id" desc
  limit $3;

-- counts
select "state", "dry_run", count(*) as "n"
  from "actions"
  where "tenant_id" = $1
  group by "state", "dry_run";

