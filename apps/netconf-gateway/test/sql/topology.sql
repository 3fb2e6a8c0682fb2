-- devices
select "device_id", "site_id", "profile", "cells", "since", "until"
  from "topology_devices"
  where "tenant_id" = $1 and "since" <= $2 and ("until" is null or "until" > $3)
  order by "device_id" asc
  limit $4;

-- devices: of a site, from a cursor on
select "device_id", "site_id", "profile", "cells", "since", "until"
  from "topology_devices"
  where "tenant_id" = $1 and "since" <= $2 and ("until" is null or "until" > $3) and "site_id" = $4 and ("device_id") > ($5)
  order by "device_id" asc
  limit $6;

-- all
select "device_id", "site_id", "profile", "cells", "since", "until"
  from "topology_devices"
  where "tenant_id" = $1 and "since" <= $2 and ("until" is null or "until" > $3)
  order by "device_id";

