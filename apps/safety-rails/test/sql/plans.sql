-- list
select *
  from "plans"
  where "tenant_id" = $1
  order by "submitted_at" desc, "plan_id" desc
  limit $2;

-- list: of these requesters
select *
  from "plans"
  where "tenant_id" = $1 and "requester" in ($2, $3)
  order by "submitted_at" desc, "plan_id" desc
  limit $4;

-- list: with every filter
select *
  from "plans"
  where "tenant_id" = $1 and "state" = $2 and ("submitted_at", "plan_id") < ($3, $4)
  order by "submitted_at" desc, "plan_id" desc
  limit $5;

