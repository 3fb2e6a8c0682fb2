import process from 'node:process';
import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import pg from 'pg';
import { burst, steadily, settled } from './pipeline/load.mjs';
import { openParts } from './pipeline/open.mjs';
import { cpuSeconds, threadSeconds } from './pipeline/processes.mjs';
import { startStack } from './pipeline/stack.mjs';
import { provisionTenant, simulatorOf } from './pipeline/tenant.mjs';
import { profileWhile, profileTables, mostMicros } from './pipeline/profile.mjs';
import { timeByPart } from './pipeline/parts.mjs';

const kind = process.argv[2] ?? 'denied';
const rate = Number(process.argv[3] ?? 15);
const seconds = Number(process.argv[4] ?? 15);
const withProfile = process.argv[5] === 'profile';
const stack = await startStack({ devices: 1, inspect: true });
let parts;
try {
  const users = await provisionTenant(stack, await simulatorOf(stack.home));
  parts = await openParts(stack.runtime, users);
  await burst(parts, kind, 300);
  await settled(parts.jsm);
  const url = stack.runtime.postgres ?? stack.runtime.database;
  let admin;
  try {
    const secrets = JSON.parse(readFileSync(join(stack.home, 'secrets/secrets.json'), 'utf8'));
    const port = new URL(url).port;
    admin = new pg.Client({ connectionString: `postgres://postgres:${secrets.postgres_superuser_password}@127.0.0.1:${port}/interlock` });
    await admin.connect();
    await admin.query('create extension if not exists pg_stat_statements');
    await admin.query("select pg_stat_statements_reset()");
  } catch (error) { console.log('no stats', error.message, Object.keys(stack.runtime), readdirSync(stack.home)); }
  const xact = async () => (await admin?.query("select xact_commit from pg_stat_database where datname='interlock'"))?.rows[0]?.xact_commit;
  const one = async (name, work) => {
    const x0 = Number(await xact());
    const before = cpuSeconds(stack.pids());
    const began = performance.now();
    const n = await work();
    await settled(parts.jsm);
    const s = (performance.now() - began) / 1000;
    const after = cpuSeconds(stack.pids());
    console.log(name, n, 'in', s.toFixed(1), 's', [...after].map(([k, v]) => `${k} ${(1000 * (v - before.get(k)) / n).toFixed(2)}`).join(', '), 'commits/s', ((Number(await xact()) - x0) / s).toFixed(1));
  };
  await one('steady', async () => { await steadily(parts, kind, rate, seconds); return rate * seconds; });
  if (admin) {
    const { rows } = await admin.query("select calls, round(total_exec_time::numeric,1) as exec, round(total_plan_time::numeric,1) as plan, left(regexp_replace(query,'\\s+',' ','g'),150) as q from pg_stat_statements order by total_exec_time desc limit 45");
    for (const r of rows) console.log(String(r.calls).padStart(6), String(r.exec).padStart(8), r.q);
    const { rows: sum } = await admin.query("select sum(calls) as calls, sum(total_exec_time) as exec from pg_stat_statements");
    console.log(sum[0]);
    const { rows: by } = await admin.query("select calls, left(regexp_replace(query,'\\s+',' ','g'),120) as q from pg_stat_statements order by calls desc limit 30");
    for (const r of by) console.log(String(r.calls).padStart(6), r.q);
  }
  await one('burst', async () => { await burst(parts, kind, 400); return 400; });
  if (withProfile) {
    const profiles = await profileWhile(stack.services(), () => steadily(parts, kind, rate, seconds));
    for (const { name, profile } of profiles) {
      const t = timeByPart(profile, mostMicros);
      console.log([...t].sort((a, b) => b[1] - a[1]).map(([k, v]) => `${k} ${(v / 1000 / rate / seconds).toFixed(2)} ms`).join(', '));
      console.log(profileTables(name, profile, rate * seconds));
    }
  }
  await admin?.end();
} finally {
  await parts?.close();
  await stack.stop();
}
process.exit(0);
