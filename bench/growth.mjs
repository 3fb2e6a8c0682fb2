import { rmSync } from 'node:fs';
import { setTimeout as delay } from 'node:timers/promises';

import { eventsSince, logEnd } from './pipeline/counted.mjs';
import { burst, oneByOne, settled } from './pipeline/load.mjs';
import { openParts } from './pipeline/open.mjs';
import { cpuOf, proportionalOf } from './pipeline/processes.mjs';
import { startStack } from './pipeline/stack.mjs';
import { provisionTenant, simulatorOf, tenant } from './pipeline/tenant.mjs';
import { idsIn, spacingMs } from './growth/copies.mjs';
import { fillHome } from './growth/fill.mjs';
import { asker, queryNames } from './growth/queries.mjs';
import { quantile, row } from './report.mjs';

/**
 * Of a hundred actions most are refused, a quarter are dry runs, every twentieth goes to a device.
 */
const mix = { denied: 70, 'dry-run': 25, devices: 5 };
const decided = ['denied', 'dry-run'];
const smallest = 1000;
const rounds = 3;

/** The growing quantities, each compared with the same smallest stack. */
const variantsOf = (most) => [
  ...[10_000, 100_000, 1_000_000]
    .filter((n) => n <= most)
    .map((n) => ({ name: `${n} actions`, of: 'actions', more: { actions: n } })),
  { name: '1000 tenants', of: 'tenants', more: { actions: smallest, tenants: 1000 } },
  { name: '10000 devices', of: 'devices', more: { actions: smallest, devices: 10_000 } },
  { name: '10000 policies', of: 'policies', more: { actions: smallest, policies: 10_000 } },
];

/** True if every read model follows the log's end. */
async function isReady({ runtime }) {
  const { status, services } = await (await fetch(`${runtime.http}/health/ready`)).json();
  const checks = services.flatMap((service) => service.checks ?? []);
  return status === 'ready' && checks.every(({ facts }) => (facts?.lag_seconds ?? 0) === 0);
}

/**
 * Resolves when the stack is idle: its read models follow, and it used less than a third of a core
 * for two seconds. (A lower limit would fail: the audit reads old events at a steady pace.)
 */
async function quiet(stack, note) {
  const [{ pid }] = stack.services();
  const began = performance.now();
  for (let still = false; !still;) {
    const before = cpuOf(pid);
    await delay(2000);
    still = cpuOf(pid) - before < 0.65 && (await isReady(stack));
    if (performance.now() - began > 60 * 60_000) throw new Error('the stack does not come to rest');
  }
  const seconds = (performance.now() - began) / 1000 - 2;
  if (seconds > 5) note(`  it had work for ${seconds.toFixed(0)} s`);
}

const textOf = ({ streamId, id, type, data, metadata }) =>
  JSON.stringify({ stream: streamId, id, type, data, metadata });

/** Records the events of a tenant's set-up and a hundred actions, as the services write them. */
async function record(note) {
  note('recording a hundred actions');
  const stack = await startStack({ devices: mix.devices });
  let parts;
  try {
    const simulator = await simulatorOf(stack.home);
    parts = await openParts(stack.runtime, await provisionTenant(stack, simulator));
    for (const { device_id } of simulator.devices)
      await fetch(`${simulator.control}/cells/${device_id.replace('gnb', 'cell')}-1/degrade`, {
        method: 'POST',
      });
    await settled(parts.jsm);
    const setUp = (await eventsSince(parts.client, 'start'))
      .filter(({ streamId }) => streamId.includes(`-${tenant}:`) && !streamId.startsWith('checkpoint-'))
      .map(textOf);
    const from = await logEnd(parts.client);
    for (const [kind, count] of Object.entries(mix)) await burst(parts, kind, count);
    await settled(parts.jsm);
    await quiet(stack, note);
    const lines = (await eventsSince(parts.client, from))
      .filter(({ streamId }) => /^(?:action|evaluation|budget|lease|device_tx|trace)-/.test(streamId))
      .map(textOf);
    return { tenant, setUp, known: idsIn(setUp.join('\n')), lines, actions: 100 };
  } finally {
    await parts?.close();
    await stack.stop();
  }
}

/** An idle stack with a log of the given size. */
async function grown(name, more, recorded, note) {
  note(`${name}: setting up`);
  const first = await startStack({});
  const { home } = first;
  const users = await provisionTenant(first, await simulatorOf(home));
  await first.stop({ keep: true });
  const began = performance.now();
  const events = await fillHome(home, recorded, more);
  note(`${name}: ${events} events in ${((performance.now() - began) / 1000).toFixed(0)} s, reading them`);
  const stack = await startStack({ home });
  await quiet(stack, note);
  return { name, home, users, stack, events };
}

/** Stops and starts it; returns the duration, and the CPU until it was idle. */
async function restart(one, note) {
  await one.stack.stop({ keep: true });
  one.stack = await startStack({ home: one.home });
  const [{ pid }] = one.stack.services();
  await quiet(one.stack, note);
  return { ms: one.stack.readyMs, cpu: cpuOf(pid) };
}

async function restarts(both, note) {
  const times = both.map(() => []);
  for (let n = 0; n < rounds; n += 1)
    for (const [i, one] of both.entries()) times[i].push(await restart(one, note));
  return times.map((all) => ({
    ms: quantile(
      all.map(({ ms }) => ms),
      0.5,
    ),
    cpu: quantile(
      all.map(({ cpu }) => cpu),
      0.5,
    ),
  }));
}

/**
 * CPU of one decision of both in turn, so that other load affects both alike; the median of the
 * rounds, in milliseconds.
 */
async function decisions(both, count) {
  const costs = both.map(() => []);
  for (let n = -1; n < rounds; n += 1)
    for (const [i, { stack, parts }] of both.entries()) {
      const [{ pid }] = stack.services();
      const before = cpuOf(pid);
      for (const kind of decided) await burst(parts, kind, count);
      await settled(parts.jsm);
      // The first round warms up.
      if (n >= 0) costs[i].push((1000 * (cpuOf(pid) - before)) / (decided.length * count));
    }
  return costs.map((all) => quantile(all, 0.5));
}

/** The time from an intent to its decision, one at a time, in turn: the median in milliseconds. */
async function latencies(both) {
  const times = both.map(() => []);
  for (let n = 0; n < 2; n += 1)
    for (const [i, { parts }] of both.entries()) times[i].push(...(await oneByOne(parts, 'denied', 1)));
  return times.map((all) => quantile(all, 0.5));
}

/** Each query of both in turn: the medians in milliseconds, by name. */
async function asked(both, times = 40) {
  const asks = await Promise.all(both.map(({ stack }) => asker(stack)));
  const actions = both.map(({ parts }) => [...parts.watch.seen.keys()].at(-1));
  const answers = new Map();
  for (const name of queryNames) {
    const of = both.map(() => []);
    for (let n = -5; n < times; n += 1)
      for (const [i, ask] of asks.entries()) {
        const ms = await ask(name, actions[i]);
        if (n >= 0) of[i].push(ms);
      }
    answers.set(
      name,
      of.map((all) => quantile(all, 0.5)),
    );
  }
  return answers;
}

/** Compares one grown stack with the smallest: the costs, and their increase. */
async function compare(base, one, note) {
  const both = [base, one];
  note(`${one.name}: starts`);
  const [startBase, startGrown] = await restarts(both, note);
  for (const each of both) each.parts = await openParts(each.stack.runtime, each.users);
  try {
    note(`${one.name}: decisions`);
    const [costBase, costGrown] = await decisions(both, 200);
    const [timeBase, timeGrown] = await latencies(both);
    note(`${one.name}: queries`);
    const answers = await asked(both);
    const [memoryBase, memoryGrown] = both.map(({ stack }) => proportionalOf(stack.services()[0].pid));
    const title = `P8 ${one.name}`;
    return [
      row(`${title}: events in the log`, one.events, 'events'),
      row(`${title}: CPU of a decision`, costGrown, 'ms'),
      row(`${title}: CPU of a decision, of the smallest`, costGrown / costBase, 'ratio', { most: 1.2 }),
      row(`${title}: one decided alone, p50`, timeGrown, 'ms'),
      row(`${title}: one decided alone, of the smallest`, timeGrown / timeBase, 'ratio', { most: 1.2 }),
      row(`${title}: start after a stop`, startGrown.ms / 1000, 's'),
      row(`${title}: start after a stop, of the smallest`, startGrown.ms / startBase.ms, 'ratio', {
        most: 2,
      }),
      row(`${title}: CPU of a start, of the smallest`, startGrown.cpu / startBase.cpu, 'ratio'),
      row(`${title}: memory of the services`, memoryGrown, 'MiB'),
      row(`${title}: memory of the services, of the smallest`, memoryGrown / memoryBase, 'ratio'),
      ...[...answers].flatMap(([name, [small, large]]) => [
        row(`${title}: ${name}`, large, 'ms'),
        row(`${title}: ${name}, of the smallest`, large / small, 'ratio', { most: 1.2 }),
      ]),
    ];
  } finally {
    for (const each of both) await each.parts.close();
  }
}

async function discard({ stack, home }) {
  await stack.stop();
  rmSync(home, { recursive: true, force: true });
}

/**
 * P8: the cost of a decision, a query and a start with many actions, tenants, devices and policies,
 * each compared with the smallest stack.
 */
export async function measure({ note, only, actions: most = 100_000 }) {
  const variants = variantsOf(most).filter(({ of }) => only === undefined || only.includes(of));
  if (variants.length === 0)
    throw new Error('nothing to measure: --only takes actions, tenants, devices, policies');
  const recorded = await record(note);
  const base = await grown(`${smallest} actions`, { actions: smallest }, recorded, note);
  const rows = [];
  try {
    for (const { name, more } of variants) {
      const one = await grown(name, more, recorded, note);
      try {
        rows.push(...(await compare(base, one, note)));
      } finally {
        await discard(one);
      }
    }
  } finally {
    await discard(base);
  }
  return {
    rows,
    notes: [
      `The smallest: ${smallest} actions, one tenant, one device, two policies. Both stacks run side by side and are measured in turn. The actions are copies of ${recorded.actions} that were decided here (${Object.entries(
        mix,
      )
        .map(([kind, n]) => `${n} ${kind}`)
        .join(', ')}), one every ${spacingMs / 1000} s back from now.`,
    ],
  };
}
