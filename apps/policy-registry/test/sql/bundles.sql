-- list
select *
  from "bundles"
  where "tenant_id" = $1
  order by "created_at" desc, "bundle_id" desc
  limit $2;

-- list: with every filter
select *
  from "bundles"
  where "tenant_id" = $1 and "status" = $2 and "team" in ($3, $4) and "team" = $5 and "active" = $6 and ("created_at", "bundle_id") < ($7, $8)
  order by "created_at" desc, "bundle_id" desc
  limit $9;

-- byId
select *
  from "bundles"
  where "tenant_id" = $1 and "bundle_id" = $2;

-- byVersion
select *
  from "bundles"
  where "tenant_id" = $1 and "version" = $2;

-- active: for the tenant
select *
  from "bundles"
  where "tenant_id" = $1 and "status" in ($2, $3) and "team" is not distinct from $4;

-- active: for a team
select *
  from "bundles"
  where "tenant_id" = $1 and "status" in ($2, $3) and "team" is not distinct from $4;

-- versions
select "version"
  from "bundles"
  where "tenant_id" = $1;

