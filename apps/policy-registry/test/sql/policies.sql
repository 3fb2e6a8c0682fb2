-- list
select *
  from "policies"
  where "tenant_id" = $1
  order by "created_at" desc, "policy_id" desc
  limit $2;

-- list: of a status, from a cursor on
select *
  from "policies"
  where "tenant_id" = $1 and "status" = $2 and ("created_at", "policy_id") < ($3, $4)
  order by "created_at" desc, "policy_id" desc
  limit $5;

-- one
select *
  from "policies"
  where "tenant_id" = $1 and "policy_id" = $2;

-- versions
select *
  from "policy_versions"
  where "tenant_id" = $1 and "policy_id" = $2
  order by "version" desc
  limit $3;

-- versions: from a cursor on
select *
  from "policy_versions"
  where "tenant_id" = $1 and "policy_id" = $2 and ("version") < ($3)
  order by "version" desc
  limit $4;

-- version
select *
  from "policy_versions"
  where "tenant_id" = $1 and "policy_id" = $2 and "version" = $3;

-- compare
select *
  from "policy_versions"
  where "tenant_id" = $1 and "policy_id" = $2 and "version" = $3;

-- auditTrail
select *
  from "policies"
  where "tenant_id" = $1 and "policy_id" = $2;
select *
  from "evaluations"
  where "tenant_id" = $1 and policy_ids @> array[$2]::text[]
  order by "at" desc, "evaluation_id" desc
  limit $3;

-- auditTrail: from a cursor on
select *
  from "policies"
  where "tenant_id" = $1 and "policy_id" = $2;
select *
  from "evaluations"
  where "tenant_id" = $1 and policy_ids @> array[$2]::text[] and ("at", "evaluation_id") < ($3, $4)
  order by "at" desc, "evaluation_id" desc
  limit $5;

