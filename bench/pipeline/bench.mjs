import { quantile, row, table } from '../report.mjs';
import { grown, readBudget, writeBudget } from './budget.mjs';
import { appendsPerDecision, eventsSince, logEnd, stageTable, waitTable } from './counted.mjs';
import { burst, kinds, oneByOne, settled, steadily } from './load.mjs';
import { durableWorkflows } from './dbos.mjs';
import { openParts } from './open.mjs';
import { overload } from './overload.mjs';
import { partNames } from './parts.mjs';
import { cpuSeconds, threadSeconds } from './processes.mjs';
import { cpuShares, profileTables, profileWhile } from './profile.mjs';
import { rawAppends } from './raw.mjs';
import { latencyRows, overloadRows, partRows, throughputRows } from './rows.mjs';
import { startStack } from './stack.mjs';
import { provisionTenant, simulatorOf } from './tenant.mjs';

/**
 * A cell can fail over once. The numbers of failovers to warm up, to measure, and under the
 * profiler.
 */
const deviceRuns = { warm: 8, run: 64, profiled: 24 };
const devicesNeeded = Object.values(deviceRuns).reduce((a, b) => a + b, 0);
const warmRun = 200;

/**
 * A number of runs that takes about the given time. Estimated by at most five runs, until one is no
 * faster than the previous one, which also warms up.
 */
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
      const used = end - (before.get(name) ?? 0);
      return [name, used.toFixed(2), ((1000 * used) / decisions).toFixed(2)];
    }),
  );
}

/**
 * CPU per decision by part. A shorter run under the profiler gives the shares of the measured run's
 * time. Other processes are counted whole.
 */
async function costByPart({ stack, parts, kind, count, first, used }) {
  const profiles = await profileWhile(stack.services(), () => burst(parts, kind, count, first));
  await settled(parts.jsm);
  const shares = cpuShares(profiles, used.threads);
  const ms = (seconds) => (1000 * seconds) / used.decisions;
  const byPart = new Map(partNames.map((part) => [part, ms(shares.get(part) ?? 0)]));
  for (const name of otherProcesses) byPart.set(name, ms(used.processes.get(name)));
  return { byPart, profiles };
}

const otherProcesses = ['event-store', 'nats', 'postgres', 'device-simulator'];

const partTable = (byPart) => {
  const all = [...byPart.values()].reduce((a, b) => a + b, 0);
  return table(
    ['part', 'cpu ms/decision', 'share'],
    [...byPart].map(([part, ms]) => [part, ms.toFixed(2), `${((100 * ms) / all).toFixed(1)} %`]),
  );
};

const differences = (before, after) =>
  new Map([...after].map(([name, end]) => [name, end - (before.get(name) ?? 0)]));

/** The CPU of each process of services so far: its main thread, and the others. */
const threadsOf = (stack) => new Map(stack.services().map(({ name, pid }) => [name, threadSeconds(pid)]));

/** P3 of one kind. */
async function throughput(stack, parts, kind, { seconds, profile }) {
  const { count, first } = await runOf(parts, kind, seconds);
  await settled(parts.jsm);
  const from = await logEnd(parts.client);
  const cpu = cpuSeconds(stack.pids());
  const threadsBefore = threadsOf(stack);
  const began = performance.now();
  const { perSecond } = await burst(parts, kind, count, first);
  await settled(parts.jsm);
  const drained = count / ((performance.now() - began) / 1000);
  const cpuAfter = cpuSeconds(stack.pids());
  const threads = new Map(
    [...threadsOf(stack)].map(([name, after]) => {
      const { main, threads: others } = threadsBefore.get(name);
      return [name, { main: after.main - main, threads: after.threads - others }];
    }),
  );
  const events = await eventsSince(parts.client, from);
  const { total, by } = appendsPerDecision(events, count);
  const processes = differences(cpu, cpuAfter);
  const { byPart, profiles } = await costByPart({
    stack,
    parts,
    kind,
    count: kind === 'devices' ? deviceRuns.profiled : Math.max(warmRun, Math.round(count / 2)),
    first: first + count,
    used: { processes, threads, decisions: count },
  });
  const explain = [
    `${kinds[kind].title}: ${count} decisions; appends of one: ${[...by]
      .filter(([, n]) => n > 0)
      .map(([name, n]) => `${name} ${n.toFixed(2)}`)
      .join(', ')}`,
    cpuTable(cpu, cpuAfter, count),
    partTable(byPart),
    stageTable(events),
    waitTable(events),
    ...(profile ? profiles.map((one) => profileTables(one.name, one.profile, count)) : []),
  ]
    .filter((part) => part !== '')
    .join('\n\n');
  const used = [...processes].reduce((sum, [name, cpu]) => sum + (name === 'bench' ? 0 : cpu), 0);
  return { kind, perSecond, drained, appends: total, cpuMs: (1000 * used) / count, parts: byPart, explain };
}

/** P4 of one kind: one at a time, then at half the rate of P3. */
async function latency(parts, { kind, perSecond }, seconds) {
  const unloaded = await oneByOne(parts, kind, seconds);
  const loaded = await steadily(parts, kind, perSecond / 2, seconds);
  await settled(parts.jsm);
  return { unloaded, loaded };
}

/** Decisions per second of each kind, on a separate stack: P3 without its breakdown. */
export async function liveRates({ seconds, note }) {
  const stack = await startStack({ devices: deviceRuns.warm + deviceRuns.run });
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

/**
 * Denied intents at full speed for the given time: the rate, and the stack's peak memory by
 * `memoryOf` of its main process.
 */
export async function underLoad({ seconds, note, memoryOf }) {
  const stack = await startStack({});
  let parts;
  try {
    const users = await provisionTenant(stack, await simulatorOf(stack.home));
    parts = await openParts(stack.runtime, users);
    const { count } = await runOf(parts, 'denied', seconds);
    const [{ pid }] = stack.services();
    let memory = 0;
    const sampling = setInterval(() => {
      memory = Math.max(memory, memoryOf(pid));
    }, 250);
    note(`${count} intents`);
    const { perSecond } = await burst(parts, 'denied', count);
    clearInterval(sampling);
    await settled(parts.jsm);
    return { perSecond, memory };
  } finally {
    await parts?.close();
    await stack.stop();
  }
}

/**
 * Compares a run with the budget: reports growth, or that the budget was written. Applies only to
 * all services in one process.
 */
function budgetFaults(results, appendCpuMs, mode) {
  const inAppends = new Map(
    results.map(({ kind, parts }) => [
      kind,
      new Map([...parts].map(([part, ms]) => [part, ms / appendCpuMs])),
    ]),
  );
  if (mode === 'write') {
    writeBudget(inAppends);
    return [];
  }
  const budget = readBudget();
  return [...inAppends]
    .flatMap(([kind, parts]) => grown(kind, parts, budget))
    .map(
      ({ kind, part, is, was }) =>
        `${part} costs ${is.toFixed(2)} appends a decision (${kinds[kind].title}), the budget says ${was.toFixed(2)}`,
    );
}

/** P3 and P4 on a separate stack for each layout; with several layouts the rows name theirs. */
export async function measure({ layouts = ['one'], ...options }) {
  const all = [];
  for (const layout of layouts) {
    const { rows, notes, faults } = await measureLayout({ ...options, layout });
    const named = layouts.length === 1 ? '' : `${layout}: `;
    all.push({
      rows: rows.map((one) => ({ ...one, name: `${named}${one.name}` })),
      notes: notes.map((note) => `${named}${note}`),
      faults,
    });
  }
  return {
    rows: all.flatMap(({ rows }) => rows),
    notes: all.flatMap(({ notes }) => notes),
    faults: all.flatMap(({ faults }) => faults),
  };
}

/** One layout: the services in their processes, a log, a bus, a database, simulated devices. */
async function measureLayout({
  seconds,
  profile,
  overloadSeconds = 0,
  only = Object.keys(kinds),
  note,
  layout,
  budget: budgetMode,
}) {
  const unknown = only.find((kind) => !Object.hasOwn(kinds, kind));
  if (unknown !== undefined)
    throw new Error(`\`${unknown}\` is not a kind: use ${Object.keys(kinds).join(', ')}`);
  note('appends alone');
  const before = await rawAppends(seconds);
  note(`starting the stack (${layout})`);
  const stack = await startStack({
    devices: only.includes('devices') ? devicesNeeded : 1,
    layout,
    inspect: true,
  });
  let parts;
  let failed = true;
  try {
    const simulator = await simulatorOf(stack.home);
    const users = await provisionTenant(stack, simulator);
    for (const { device_id } of simulator.devices)
      await fetch(`${simulator.control}/cells/${device_id.replace('gnb', 'cell')}-1/degrade`, {
        method: 'POST',
      });
    parts = await openParts(stack.runtime, users);
    await settled(parts.jsm);
    const results = [];
    for (const kind of only) {
      note(`P3 ${kinds[kind].title}`);
      results.push(await throughput(stack, parts, kind, { seconds, profile }));
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
    // Other load may have changed meanwhile. The better of the two counts, which is against us.
    const after = await rawAppends(seconds);
    const raw = Math.max(before.perSecond, after.perSecond);
    const one = Math.min(quantile(before.times, 0.5), quantile(after.times, 0.5));
    const appendCpuMs = Math.min(before.cpuMs, after.cpuMs);
    const ofBudget = layout === 'one';
    const faults = ofBudget ? budgetFaults(results, appendCpuMs, budgetMode) : [];
    const budget = ofBudget ? readBudget() : undefined;
    const rows = [
      row('raw appends, 64 at a time', raw, '/s'),
      row('raw appends: the worse of two runs', Math.min(before.perSecond, after.perSecond), '/s'),
      row('one append alone: p50', one, 'ms'),
      row("one append's CPU, client and server", appendCpuMs, 'ms'),
      ...results.flatMap((result) => throughputRows(result, { raw, appendCpuMs, durable })),
      ...results.flatMap((result) => partRows(result, appendCpuMs, budget)),
      ...overloads.flat(),
      ...latencies.flatMap(({ kind, unloaded, loaded }) => [
        ...latencyRows(`${kinds[kind].title}, alone`, unloaded, one, durable?.[kind]?.times),
        ...latencyRows(`${kinds[kind].title}, half load`, loaded, one),
      ]),
    ];
    failed = false;
    return { rows, notes: results.map(({ explain }) => explain), faults };
  } finally {
    if (failed) note(`failed: logs and state are kept in ${stack.home}`);
    await parts?.close();
    await stack.stop({ keep: failed });
  }
}
