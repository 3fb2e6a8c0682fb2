-- claim
with due as (
          select d.tenant_id, d.channel_id, d.dedup_key
  from "read_model"."deliveries" d
         
  left join "read_model"."_claims" c on (c.tenant_id, c.channel_id, c.dedup_key) = (d.tenant_id, d.channel_id, d.dedup_key)
         
  where d.state = 'pending' and d.due_at <= $1 and coalesce(c.next_at, d.due_at) <= $2 and coalesce(c.claimed_until, '-infinity') <= $3
            and d.tenant_id || '/' || d.channel_id <> all ($4::text[])
            and (d.what in ('trigger', 'test', 'accepted') or not exists (select
  from "read_model"."deliveries" e
  where e.tenant_id = d.tenant_id and e.alert_id = d.alert_id and e.channel_id = d.channel_id and e.state = 'pending' and e.place < d.place))
         
  order by d.place
  limit $5 for update of d skip locked),
        claimed as (
          insert into "read_model"."_claims" as c (tenant_id, channel_id, dedup_key, attempts, first_at, next_at, claimed_until, claimed_by)
          select tenant_id, channel_id, dedup_key, 1, $6, $7, $8, $9
  from due
         
  on conflict (tenant_id, channel_id, dedup_key) do update set attempts = c.attempts + 1, claimed_until = excluded.claimed_until, claimed_by = excluded.claimed_by
           
  where coalesce(c.claimed_until, '-infinity') <= $10
          returning tenant_id, channel_id, dedup_key, attempts, first_at, claimed_by)
        select d.tenant_id, d.channel_id, d.dedup_key, d.alert_id, d.episode, d.notice, coalesce(h.settings, w.settings) as settings, w.owner, c.attempts, c.first_at, d.cause, c.claimed_by
       
  from claimed c join "read_model"."deliveries" d using (tenant_id, channel_id, dedup_key)
  left join "read_model"."channels" h using (tenant_id, channel_id)
  left join "read_model"."webhooks" w using (tenant_id, channel_id)
       
  where coalesce(h.settings, w.settings) is not null
  order by d.place;

-- again
update "read_model"."_claims" set next_at = $1, claimed_until = null, last_detail = $2
  where tenant_id = $3 and channel_id = $4 and dedup_key = $5 and claimed_by = $6 and claimed_until is not null;

-- hold
update "read_model"."_claims" set claimed_until = $1
  where tenant_id = $2 and channel_id = $3 and dedup_key = $4 and claimed_by = $5 and claimed_until is not null;

-- dueEscalations
select "tenant_id", "alert_id", "episode", "from_route", "to_route", "cause"
  from "escalations"
  where "due_at" <= $1
  order by "due_at"
  limit $2;

-- holds
select "alert"
  from "watched"
  where "tenant_id" = $1 and "alert_id" = $2;

-- reaches
select "tenant_id", "channel_id", "settings"
  from "channels"
  order by "tenant_id", "channel_id";
select "tenant_id", "routes"
  from "routes"
  order by "tenant_id";

