-- rotas
select *
  from "rotas"
  where "tenant_id" = $1
  order by "rota_id";

-- withSource
select "tenant_id", "rota_id", "state"
  from "rotas";

-- tenants
select "tenant_id"
  from "channels" union select "tenant_id"
  from "routes" union select "tenant_id"
  from "watched";

-- findings
select "channel_id", "settings"
  from "channels"
  where "tenant_id" = $1
  order by "channel_id";
select "routes", "critical_to"
  from "routes"
  where "tenant_id" = $1;
select "rota_id", "state"
  from "rotas"
  where "tenant_id" = $1;
select "alert_id", "alert"
  from "watched"
  where "tenant_id" = $1 and "alert_id" in ($2);

