-- leaves
select "path", "binding", "value", "action_id", "position"
  from "expected_leaves"
  where "tenant_id" = $1 and "device_id" = $2
  order by "binding", "path";

-- of
select "path", "binding", "value", "action_id", "position"
  from "expected_leaves"
  where "tenant_id" = $1 and "device_id" = $2
  order by "binding", "path";

