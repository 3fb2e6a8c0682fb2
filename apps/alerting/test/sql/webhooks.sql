-- webhooks: of an owner
select "w".*, count(*) filter (where d.state = 'pending') as "pending", count(*) filter (where d.state = 'failed') as "parked"
  from "webhooks" as "w"
  left join "deliveries" as "d" on "d"."tenant_id" = "w"."tenant_id" and "d"."channel_id" = "w"."channel_id"
  where "w"."tenant_id" = $1 and "w"."owner" = $2
  group by "w"."tenant_id", "w"."channel_id"
  order by "w"."created_at", "w"."channel_id";

-- webhooks: all
select "w".*, count(*) filter (where d.state = 'pending') as "pending", count(*) filter (where d.state = 'failed') as "parked"
  from "webhooks" as "w"
  left join "deliveries" as "d" on "d"."tenant_id" = "w"."tenant_id" and "d"."channel_id" = "w"."channel_id"
  where "w"."tenant_id" = $1
  group by "w"."tenant_id", "w"."channel_id"
  order by "w"."created_at", "w"."channel_id";

-- webhook
select "w".*, count(*) filter (where d.state = 'pending') as "pending", count(*) filter (where d.state = 'failed') as "parked"
  from "webhooks" as "w"
  left join "deliveries" as "d" on "d"."tenant_id" = "w"."tenant_id" and "d"."channel_id" = "w"."channel_id"
  where "w"."tenant_id" = $1 and "w"."owner" = $2 and "w"."channel_id" = $3
  group by "w"."tenant_id", "w"."channel_id"
  order by "w"."created_at", "w"."channel_id";

-- deliveries: all
select "d".*, "c"."attempts" as "tried", "c"."next_at", "c"."last_detail"
  from "deliveries" as "d"
  left join "_claims" as "c" on "c"."tenant_id" = "d"."tenant_id" and "c"."channel_id" = "d"."channel_id" and "c"."dedup_key" = "d"."dedup_key"
  where "d"."tenant_id" = $1 and "d"."channel_id" = $2
  order by "d"."place" desc
  limit $3;

-- deliveries: with every filter
select "d".*, "c"."attempts" as "tried", "c"."next_at", "c"."last_detail"
  from "deliveries" as "d"
  left join "_claims" as "c" on "c"."tenant_id" = "d"."tenant_id" and "c"."channel_id" = "d"."channel_id" and "c"."dedup_key" = "d"."dedup_key"
  where "d"."tenant_id" = $1 and "d"."channel_id" = $2 and "d"."state" = $3 and ("d"."place") < ($4)
  order by "d"."place" desc
  limit $5;

-- ended: parked
select "dedup_key", "alert_id"
  from "deliveries"
  where "tenant_id" = $1 and "channel_id" = $2 and "state" = $3
  order by "place"
  limit $4;

-- ended: named
select "dedup_key", "alert_id"
  from "deliveries"
  where "tenant_id" = $1 and "channel_id" = $2 and "state" in ($3, $4) and "dedup_key" in ($5)
  order by "place"
  limit $6;

