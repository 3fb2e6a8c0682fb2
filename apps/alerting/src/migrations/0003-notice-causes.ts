/** Frozen. Rows of earlier releases have no cause. */
export const noticeCauses = {
  name: '0003_notice_causes',
  sql: `
  alter table \${schema}.deliveries add column cause jsonb;
  alter table \${schema}.escalations add column cause jsonb;`,
};
