import { EventStoreDBClient } from '@eventstore/db-client';
import { connectBus } from '@interlock/jetstream';

import { quantile, row, table } from '../report.mjs';
import { appendsPerDecision, eventsSince, logEnd, stageTable, waitTable } from './counted.mjs';
import { burst, kinds, oneByOne, settled, steadily, watchDecisions } from './load.mjs';
import { durableWorkflows } from './dbos.mjs';
import { overload } from './overload.mjs';
import { openProfiler, profileTables } from './profile.mjs';
import { rawAppends } from './raw.mjs';
import { cpuSeconds, startStack } from './stack.mjs';
import { provisionTenant, simulatorOf } from './tenant.mjs';

/** A cell is switched off once: so many failovers, and one more for the first. */
const deviceRuns = { warm: 8, run: 64 };
const warmRun = 200;

async function openParts(runtime, { operator, upstream }) {
  const client = EventStoreDBClient.connectionString(runtime.event_store);
  const connection = await connectBus(operator);
  const publishing = await connectBus(upstream);
  const watch = watchDecisions(client);
  await watch.ready;
  const close = async () => {
    watch.stop();
    await connection.close();
    await publishing.close();
    // Waits for ever where a subscription is open: what it says after this is of no interest.
    client.dispose().catch(() => undefined);
  };
  return { client, watch, js: publishing.jetstream(), jsm: await connection.jetstreamManager(), close };
}

/** As many as take about so long, by runs that also warm everything up: until one is no faster than the one before, at most five. */
async function runOf(parts, kind, seconds) {
  if (kind === 'devices') {
    await burst(parts, kind, deviceRuns.warm);
    return { count: deviceRuns.run, first: deviceRuns.warm };
  }
  let best = 0;
  for (let n = 0; n < 5; n += 1) {
    const { perSecond } = await burst(parts, kind, warmRun);
    if (n > 1 && perSecond < best * 1.05) break;
    best = Math.max(best, perSecond);
  }
  return { count: Math.max(warmRun, Math.round(best * seconds)), first: 0 };
}

function cpuTable(before, after, decisions) {
  return table(
    ['process', 'cpu s', 'cpu ms/decision'],
    [...after].map(([name, end]) => {
      const used = end - before.get(name);
      return [name, used.toFixed(2), ((1000 * used) / decisions).toFixed(2)];
    }),
  );
}

/** P3 of one kind. */
async function throughput(stack, parts, profiler, kind, seconds) {
  const { count, first } = await runOf(parts, kind, seconds);
  await settled(parts.jsm);
  const from = await logEnd(parts.client);
  const cpu = cpuSeconds(stack.pids());
  const began = performance.now();
  await profiler?.start();
  const { perSecond } = await burst(parts, kind, count, first);
  const profile = await profiler?.stop();
  await settled(parts.jsm);
  const drained = count / ((performance.now() - began) / 1000);
  const cpuAfter = cpuSeconds(stack.pids());
  const events = await eventsSince(parts.client, from);
  const { total, by } = appendsPerDecision(events, count);
  const explain = [
    `${kinds[kind].title}: ${count} decisions; appends of one: ${[...by]
      .filter(([, n]) => n > 0)
      .map(([name, n]) => `${name} ${n.toFixed(2)}`)
      .join(', ')}`,
    cpuTable(cpu, cpuAfter, count),
    stageTable(events),
    waitTable(events),
    ...(profile === undefined ? [] : [profileTables(profile, count)]),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  const names = ['services', 'event-store', 'nats', 'postgres', 'device-simulator'];
  const used = names.reduce((sum, name) => sum + cpuAfter.get(name) - cpu.get(name), 0);
  return { kind, perSecond, drained, appends: total, cpuMs: (1000 * used) / count, explain };
}

/** P4 of one kind: one at a time, then at half of what P3 reached. */
async function latency(parts, { kind, perSecond }, seconds) {
  const unloaded = await oneByOne(parts, kind, seconds);
  const loaded = await steadily(parts, kind, perSecond / 2, seconds);
  await settled(parts.jsm);
  return { unloaded, loaded };
}

const cpuBars = { denied: 20, 'dry-run': 35, devices: 400 };
const durableBars = { denied: 4, 'dry-run': 2.5 };

const throughputRows = ({ kind, perSecond, drained, appends, cpuMs }, { raw, appendCpuMs, durable }) => {
  const title = `P3 ${kinds[kind].title}`;
  return [
    row(title, perSecond, '/s'),
    row(`${title}: all that follows handled`, drained, '/s'),
    row(`${title}: appends of one`, appends, 'appends'),
    row(`${title}: of raw appends`, perSecond / (raw / appends), 'ratio', { least: 0.15 }),
    row(`${title}: CPU of one`, cpuMs, 'ms'),
    row(`${title}: CPU of one, in appends`, cpuMs / appendCpuMs, 'appends', { most: cpuBars[kind] }),
    ...(durable?.[kind] === undefined
      ? []
      : [
          row(`${title}: durable workflows of as many steps`, durable[kind].perSecond, '/s'),
          row(`${title}: of durable workflows`, perSecond / durable[kind].perSecond, 'ratio', {
            least: durableBars[kind],
          }),
        ]),
  ];
};

const overloadRows = ({ kind, offered, decidedPerSecond, slowest, accepted, awaited, memoryGrowth }, p3) => {
  const title = `P3b ${kinds[kind].title}, three times as many offered`;
  return [
    row(`${title}: offered`, offered, 'intents'),
    row(`${title}: decided meanwhile`, decidedPerSecond, '/s'),
    row(`${title}: of P3`, decidedPerSecond / p3, 'ratio', { least: 0.9 }),
    ...(Number.isFinite(slowest) ? [row(`${title}: of P3, the slowest 10 s`, slowest / p3, 'ratio')] : []),
    row(`${title}: lost`, offered - accepted, 'intents', { most: 0 }),
    row(`${title}: waits for a service`, awaited, 'events', { most: 0 }),
    row(`${title}: memory at the end, of that after a third`, memoryGrowth, 'ratio', { most: 1.2 }),
  ];
};

const latencyRows = (title, times, oneAppend, durable) => {
  const p50 = quantile(times, 0.5);
  const p99 = quantile(times, 0.99);
  return [
    row(`P4 ${title}: p50`, p50, 'ms'),
    row(`P4 ${title}: p50 in appends`, p50 / oneAppend, 'appends', { most: 10 }),
    ...(durable === undefined
      ? []
      : [
          row(`P4 ${title}: p50 of a durable workflow's`, p50 / quantile(durable, 0.5), 'ratio', { most: 1 }),
        ]),
    row(`P4 ${title}: p99`, p99, 'ms'),
    row(`P4 ${title}: p99 of p50`, p99 / p50, 'ratio', { most: 5 }),
  ];
};

/** Decisions per second of each kind, on a stack of its own: P3 without what explains it. */
export async function liveRates({ seconds, note }) {
  const stack = await startStack({ devices: deviceRuns.warm + deviceRuns.run, profile: false });
  let parts;
  try {
    const simulator = await simulatorOf(stack.home);
    const users = await provisionTenant(stack, simulator);
    for (const { device_id } of simulator.devices)
      await fetch(`${simulator.control}/cells/${device_id.replace('gnb', 'cell')}-1/degrade`, {
        method: 'POST',
      });
    parts = await openParts(stack.runtime, users);
    const rates = {};
    for (const kind of Object.keys(kinds)) {
      note(`live: ${kinds[kind].title}`);
      const { count, first } = await runOf(parts, kind, seconds);
      await settled(parts.jsm);
      rates[kind] = (await burst(parts, kind, count, first)).perSecond;
      await settled(parts.jsm);
    }
    return rates;
  } finally {
    await parts?.close();
    await stack.stop();
  }
}

/** P3 and P4 on a stack of its own: one node process with all services, a log, a bus, a database, simulated devices. */
export async function measure({ seconds, profile, overloadSeconds = 0, only = Object.keys(kinds), note }) {
  const unknown = only.find((kind) => !Object.hasOwn(kinds, kind));
  if (unknown !== undefined)
    throw new Error(`\`${unknown}\` is no kind: use ${Object.keys(kinds).join(', ')}`);
  note('appends alone');
  const before = await rawAppends(seconds);
  note('starting the stack');
  const stack = await startStack({
    devices: only.includes('devices') ? deviceRuns.warm + deviceRuns.run : 1,
    profile,
  });
  let parts;
  let profiler;
  let failed = true;
  try {
    const simulator = await simulatorOf(stack.home);
    const users = await provisionTenant(stack, simulator);
    for (const { device_id } of simulator.devices)
      await fetch(`${simulator.control}/cells/${device_id.replace('gnb', 'cell')}-1/degrade`, {
        method: 'POST',
      });
    parts = await openParts(stack.runtime, users);
    profiler = profile ? await openProfiler(stack.inspector()) : undefined;
    await settled(parts.jsm);
    const results = [];
    for (const kind of only) {
      note(`P3 ${kinds[kind].title}`);
      results.push(await throughput(stack, parts, profiler, kind, seconds));
    }
    const latencies = [];
    for (const result of profile ? [] : results.filter(({ kind }) => kind !== 'devices')) {
      note(`P4 ${kinds[result.kind].title}`);
      latencies.push({ kind: result.kind, ...(await latency(parts, result, seconds)) });
    }
    const overloads = [];
    for (const result of overloadSeconds > 0 ? results.filter(({ kind }) => kind !== 'devices') : []) {
      note(`P3b ${kinds[result.kind].title}`);
      overloads.push(overloadRows(await overload(parts, stack, result, overloadSeconds), result.perSecond));
    }
    let durable;
    if (!profile && only.some((kind) => kind !== 'devices')) {
      note('durable workflows');
      durable = await durableWorkflows(stack.home, seconds);
    }
    note('appends alone, again');
    // What else the machine did may have changed meanwhile: the better of the two is what counts, against us.
    const after = await rawAppends(seconds);
    const raw = Math.max(before.perSecond, after.perSecond);
    const one = Math.min(quantile(before.times, 0.5), quantile(after.times, 0.5));
    const appendCpuMs = Math.min(before.cpuMs, after.cpuMs);
    const rows = [
      row('raw appends, 64 at a time', raw, '/s'),
      row('raw appends: the worse of two runs', Math.min(before.perSecond, after.perSecond), '/s'),
      row('one append alone: p50', one, 'ms'),
      row("one append's CPU, client and server", appendCpuMs, 'ms'),
      ...results.flatMap((result) => throughputRows(result, { raw, appendCpuMs, durable })),
      ...overloads.flat(),
      ...latencies.flatMap(({ kind, unloaded, loaded }) => [
        ...latencyRows(`${kinds[kind].title}, alone`, unloaded, one, durable?.[kind]?.times),
        ...latencyRows(`${kinds[kind].title}, half load`, loaded, one),
      ]),
    ];
    failed = false;
    return { rows, notes: results.map(({ explain }) => explain) };
  } finally {
    if (failed) note(`failed: logs and state are kept in ${stack.home}`);
    profiler?.close();
    await parts?.close();
    await stack.stop({ keep: failed });
  }
}
