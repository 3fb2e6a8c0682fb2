-- changes
select "type", "at", "scope", "bundle_id", "bundle_version", "data"
  from "changes"
  where "tenant_id" = $1
  order by "position";

-- coverage
select "agent", "action_type", sum(evaluations)::float8 as "evaluations", (coalesce(sum(evaluations) filter (where governed), 0))::float8 as "governed"
  from "decision_days"
  where "tenant_id" = $1 and "day" >= $2 and "day" <= $3
  group by "agent", "action_type"
  order by "agent", "action_type";

-- decisionsByDay
select to_char(day, 'YYYY-MM-DD') as "on_day", "decision", sum(evaluations)::float8 as "decisions"
  from "decision_days"
  where "tenant_id" = $1 and "day" >= $2 and "day" <= $3
  group by "day", "decision"
  order by "on_day", "decision";

-- ruleDays
select "bundle_id", "bundle_version", "rule_id", to_char(day, 'YYYY-MM-DD') as "on_day", "decision", hits::float8 as "hits"
  from "rule_days"
  where "tenant_id" = $1 and "day" >= $2 and "day" <= $3
  order by "bundle_version", "rule_id", "on_day", "decision"
  limit $4;

-- rulesHit
select distinct "rule_id"
  from "rule_days"
  where "tenant_id" = $1 and "bundle_id" = $2;

-- executions
select "ended_at", "failed"
  from "actions"
  where "tenant_id" = $1 and "bundle_id" = $2 and "ended_at" >= $3 and "ended_at" <= $4 and "dry_run" = $5
  order by "ended_at" desc
  limit $6;

-- observed
select "agent", "action_type", "risk_score", "affected_entity_count", "approved", "rejected", "denied", "completed", "failed", "incident"
  from "actions"
  where "tenant_id" = $1 and "at" >= $2 and "at" < $3 and "dry_run" = $4 and ("approved" is not null or "rejected" is not null or "denied" is not null or "completed" is not null or "failed" is not null or "incident" is not null)
  order by "at" desc, "action_id"
  limit $5;

-- errorRates
select "tenant_id", bundle_version as "bundle_version", count(failed)::float8 / count(*) as "value", count(*)::float8 as "executions"
  from "actions"
  where "ended_at" >= $1 and "bundle_version" is not null and "dry_run" = $2
  group by "tenant_id", "bundle_version";

-- costs
select "tenant_id", bundle_version as "bundle_version", sum(cost) as "value"
  from (select distinct on ("d"."tenant_id", coalesce(d.action_id, d.evaluation_id)) "d"."tenant_id", "d"."bundle_version", "d"."cost", "d"."decision", "a"."approved"
  from "decisions" as "d"
  left join "actions" as "a" on "a"."tenant_id" = "d"."tenant_id" and "a"."action_id" = "d"."action_id"
  where "d"."at" >= $1 and "d"."dry_run" = $2 and "d"."bundle_version" is not null
  order by "d"."tenant_id", coalesce(d.action_id, d.evaluation_id), "d"."at" desc, "d"."evaluation_id") as "last"
  where ("decision" in ($3, $4) or "approved" is not null)
  group by "tenant_id", "bundle_version";

