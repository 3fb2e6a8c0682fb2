-- alerts
select *
  from "alerts"
  where "tenant_id" = $1
  order by "opened_at" desc, "id" desc
  limit $2;

-- alerts, with every filter
select *
  from "alerts"
  where "tenant_id" = $1 and "name" = $2 and ("silenced_until" is null or "silenced_until" <= now()) and "status" = $3 and "severity" = $4 and ("opened_at", "id") < ($5, $6)
  order by "opened_at" desc, "id" desc
  limit $7;

-- alerts, silenced
select *
  from "alerts"
  where "tenant_id" = $1 and "silenced_until" > now()
  order by "opened_at" desc, "id" desc
  limit $2;

-- incidents, with every filter
select *
  from "incidents"
  where "tenant_id" = $1 and "status" = $2 and "severity" = $3 and ("opened_at", "id") < ($4, $5)
  order by "opened_at" desc, "id" desc
  limit $6;

-- holding
select *
  from "alerts"
  where "tenant_id" = $1 and "status" in ($2, $3)
  order by "opened_at" desc, "id" desc
  limit $4;

-- counts
select "tenant_id", "name", "severity", count(*) as "count"
  from "alerts"
  where "status" in ($1, $2)
  group by "tenant_id", "name", "severity";

-- alert
select *
  from "alerts"
  where "tenant_id" = $1 and "id" = $2;

-- incident
select *
  from "incidents"
  where "tenant_id" = $1 and "id" = $2;

-- timeline
select *
  from "happenings"
  where "tenant_id" = $1 and "id" in ($2, $3)
  order by "at", "id", "revision"
  limit $4;

