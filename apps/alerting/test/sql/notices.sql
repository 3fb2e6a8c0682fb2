-- list: alerts
select *
  from "alerts"
  where "tenant_id" = $1
  order by "opened_at" desc, "id" desc
  limit $2;

-- list: incidents, with every filter
select *
  from "incidents"
  where "tenant_id" = $1 and "status" = $2 and "severity" = $3 and ("opened_at", "id") < ($4, $5)
  order by "opened_at" desc, "id" desc
  limit $6;

-- one
select *
  from "alerts"
  where "tenant_id" = $1 and "id" = $2;

