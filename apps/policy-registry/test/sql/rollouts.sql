-- one
select *
  from "rollouts"
  where "tenant_id" = $1 and "scope" = $2;
select *
  from "stages"
  where "tenant_id" = $1 and "scope" = $2 and "ended" is null;
select *
  from "incidents"
  where "tenant_id" = $1
  order by "opened_at" desc, "incident_id"
  limit $2;

-- watched: rollouts
select "tenant_id", "scope"
  from "rollouts"
  where "busy" = $1;

-- watched: and tenants with incidents
select "tenant_id", "scope"
  from "rollouts"
  where ("busy" = $1 or exists (select "incidents"."incident_id"
  from "incidents"
  where "incidents"."tenant_id" = "rollouts"."tenant_id"));

