-- channels
select *
  from "channels"
  where "tenant_id" = $1
  order by "channel_id";
select "alert_id", "alert"
  from "watched"
  where "tenant_id" = $1 and "alert_id" in ($2);

-- channel
select *
  from "channels"
  where "tenant_id" = $1
  order by "channel_id";
select "alert_id", "alert"
  from "watched"
  where "tenant_id" = $1 and "alert_id" in ($2);

-- routes
select *
  from "routes"
  where "tenant_id" = $1;
select "channel_id"
  from "channels"
  where "tenant_id" = $1;
select "rota_id", "state"
  from "rotas"
  where "tenant_id" = $1;

-- deliveries: all
select "d".*, "c"."attempts" as "tried", "c"."next_at", "c"."last_detail"
  from "deliveries" as "d"
  left join "_claims" as "c" on "c"."tenant_id" = "d"."tenant_id" and "c"."channel_id" = "d"."channel_id" and "c"."dedup_key" = "d"."dedup_key"
  where "d"."tenant_id" = $1 and "d"."what" not in ($2, $3)
  order by "d"."created_at" desc, "d"."channel_id" desc, "d"."dedup_key" desc
  limit $4;

-- deliveries: with every filter
select "d".*, "c"."attempts" as "tried", "c"."next_at", "c"."last_detail"
  from "deliveries" as "d"
  left join "_claims" as "c" on "c"."tenant_id" = "d"."tenant_id" and "c"."channel_id" = "d"."channel_id" and "c"."dedup_key" = "d"."dedup_key"
  where "d"."tenant_id" = $1 and "d"."what" not in ($2, $3) and "d"."state" = $4 and "d"."channel_id" = $5 and "d"."alert_id" = $6 and ("d"."created_at", "d"."channel_id", "d"."dedup_key") < ($7, $8, $9)
  order by "d"."created_at" desc, "d"."channel_id" desc, "d"."dedup_key" desc
  limit $10;

