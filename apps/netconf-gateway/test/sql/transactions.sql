-- transactions
select *
  from "transactions"
  where "tenant_id" = $1 and "device_id" = $2
  order by "accepted_at" desc, "tx_id" desc
  limit $3;

-- transactions: from a cursor on
select *
  from "transactions"
  where "tenant_id" = $1 and "device_id" = $2 and ("accepted_at", "tx_id") < ($3, $4)
  order by "accepted_at" desc, "tx_id" desc
  limit $5;

-- samples
select "kpi_samples"."tx_id", "kpi_samples"."entity_id", "each_kpi"."kpi", "kpi_samples"."moment", "kpi_samples"."at", "each_kpi"."value"
  from "kpi_samples"
  inner join "transactions" on "transactions"."tenant_id" = "kpi_samples"."tenant_id" and "transactions"."tx_id" = "kpi_samples"."tx_id"
  inner join lateral (select key as kpi, value::float8 as value
  from jsonb_each_text("kpi_samples"."kpis")) as "each_kpi" on true
  where "kpi_samples"."tenant_id" = $1 and "transactions"."device_id" = $2
  order by "kpi_samples"."at" asc, "kpi_samples"."tx_id" asc, "kpi_samples"."entity_id" asc, "each_kpi"."kpi" asc
  limit $3;

-- samples: with every filter
select "kpi_samples"."tx_id", "kpi_samples"."entity_id", "each_kpi"."kpi", "kpi_samples"."moment", "kpi_samples"."at", "each_kpi"."value"
  from "kpi_samples"
  inner join "transactions" on "transactions"."tenant_id" = "kpi_samples"."tenant_id" and "transactions"."tx_id" = "kpi_samples"."tx_id"
  inner join lateral (select key as kpi, value::float8 as value
  from jsonb_each_text("kpi_samples"."kpis")) as "each_kpi" on true
  where "kpi_samples"."tenant_id" = $1 and "transactions"."device_id" = $2 and "kpi_samples"."entity_id" = $3 and "each_kpi"."kpi" = $4 and "kpi_samples"."tx_id" = $5 and "kpi_samples"."at" >= $6 and ("kpi_samples"."at", "kpi_samples"."tx_id", "kpi_samples"."entity_id", "each_kpi"."kpi") > ($7, $8, $9, $10)
  order by "kpi_samples"."at" asc, "kpi_samples"."tx_id" asc, "kpi_samples"."entity_id" asc, "each_kpi"."kpi" asc
  limit $11;

