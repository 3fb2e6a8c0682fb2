import { randomUUID } from 'node:crypto';

import { quantile, row } from './report.mjs';
import { smallCopy, tenantCopy } from './projections/events.mjs';
import { allProjections, fill, rawSubscription, startParts } from './projections/parts.mjs';

const logEvents = 100_000;
const smallCopies = 2000;
const steadyPerSecond = 500;
const logger = {
  info: () => undefined,
  warn: () => undefined,
  error: (facts, message) => {
    throw new Error(`${message}: ${JSON.stringify(facts)}`, { cause: facts.err });
  },
};
const nameOf = ({ service, projection }) => `${service}/${projection.name}`;

async function drop(pool) {
  const { rows } = await pool.query(
    `select nspname from pg_namespace where nspname !~ '^(pg_|information_schema|public)'`,
  );
  for (const { nspname } of rows) await pool.query(`drop schema ${nspname} cascade`);
}

/** Runs one projection from an empty database until it follows: events a second. */
async function catchUp({ pool, store }, { ProjectionRunner }, { service, projection }) {
  await drop(pool);
  const runner = new ProjectionRunner({ pool, store, service, projection, logger, migrate: true });
  const began = performance.now();
  await runner.start();
  while (runner.state() !== 'following') {
    if (runner.state() === 'failed') await runner.check();
    await new Promise((resolve) => setTimeout(resolve, 2));
  }
  const seconds = (performance.now() - began) / 1000;
  const { handled, skipped } = runner.counts();
  await runner.stop();
  return { count: handled + skipped, perSecond: (handled + skipped) / seconds };
}

/** One append after the other on an otherwise idle machine: the time of each in milliseconds. */
async function appendTimes(store, metadata, count) {
  const times = [];
  for (let i = 0; i < count; i += 1) {
    const began = performance.now();
    await store.append(
      `bench-raw:${randomUUID()}`,
      [{ id: randomUUID(), type: 'Measured', data: { text: 'x'.repeat(200) }, metadata }],
      'no_stream',
    );
    times.push(performance.now() - began);
  }
  return times.slice(count / 5);
}

/**
 * All projections follow a steady stream of events: the time from the acknowledgement of an append
 * to the read model, in milliseconds.
 */
async function lagUnderLoad({ pool, store }, { ProjectionRunner }, all, seconds, from) {
  await drop(pool);
  const runners = all.map(({ service, projection }) => ({
    name: `${service}/${projection.name}`,
    prefixes: projection.prefixes,
    runner: new ProjectionRunner({ pool, store, service, projection, logger, migrate: true }),
  }));
  const lags = new Map(runners.map(({ name }) => [name, []]));
  try {
    for (const { runner } of runners) {
      await runner.start();
      while (runner.state() !== 'following') await new Promise((resolve) => setTimeout(resolve, 10));
    }
    // The first tenth is excluded, because it creates partitions and fills caches.
    const total = steadyPerSecond * Math.max(10, seconds);
    const lanes = Array.from({ length: 16 }, () => []);
    for (let copy = from, made = 0; made < total; copy += 1) {
      const events = copy % 8 === 0 ? smallCopy(copy) : tenantCopy(copy);
      lanes[copy % lanes.length].push(...events);
      made += events.length;
    }
    const seen = [];
    const began = performance.now();
    let started = 0;
    await Promise.all(
      lanes.map(async (events) => {
        for (const { stream, ...event } of events) {
          const due = began + (started * 1000) / steadyPerSecond;
          started += 1;
          if (due > performance.now())
            await new Promise((resolve) => setTimeout(resolve, due - performance.now()));
          const { position } = await store.append(stream, [event], 'any');
          const acknowledged = performance.now();
          if (acknowledged - began < 100 * Math.max(10, seconds)) continue;
          for (const { name, prefixes, runner } of runners) {
            if (prefixes === null || prefixes.some((prefix) => stream.startsWith(prefix)))
              seen.push(
                runner
                  .waitFor(position, 30_000)
                  .then(() => lags.get(name).push(performance.now() - acknowledged)),
              );
          }
        }
      }),
    );
    const perSecond = started / ((performance.now() - began) / 1000);
    await Promise.all(seen);
    return { lags, perSecond };
  } finally {
    for (const { runner } of runners) await runner.stop();
  }
}

/**
 * P5: each projection from zero, compared with a subscription of the same streams that does
 * nothing, and the lag of all under load.
 */
export async function measure({ seconds, only, note }) {
  const postgres = await import('@interlock/postgres');
  const all = (await allProjections()).filter((one) => only === undefined || only.includes(nameOf(one)));
  const parts = await startParts();
  try {
    note(`writing a log of ${logEvents} events`);
    const perTenant = tenantCopy(0).length;
    const tenants = Math.ceil((logEvents - smallCopies * smallCopy(0).length) / perTenant);
    const copies = Array.from({ length: Math.max(tenants, smallCopies) }, (_, i) =>
      (i < tenants ? [() => tenantCopy(i)] : []).concat(
        i < smallCopies ? [() => smallCopy(tenants + i)] : [],
      ),
    ).flat();
    const events = await fill(parts.client, copies);
    const whole = await rawSubscription(parts.client, ['']);
    const rows = [row('raw subscription, the whole log', whole.perSecond, 'events/s')];
    const ratios = [];
    for (const one of all) {
      note(`catch-up of ${nameOf(one)}`);
      const raws = [];
      const runs = [];
      for (let round = 0; round < 2; round += 1) {
        raws.push(await rawSubscription(parts.client, one.projection.prefixes ?? ['']));
        runs.push(await catchUp(parts, postgres, one));
      }
      const raw = Math.max(...raws.map(({ perSecond }) => perSecond));
      const run = Math.max(...runs.map(({ perSecond }) => perSecond));
      if (runs.some(({ count }) => count !== raws[0].count))
        throw new Error(`${nameOf(one)} projected ${runs[0].count} of ${raws[0].count} events`);
      // The recorded log has no such events.
      if (raws[0].count === 0) continue;
      ratios.push(run / raw);
      rows.push(
        row(`${nameOf(one)}: raw subscription, ${raws[0].count} events`, raw, 'events/s'),
        row(`${nameOf(one)}: catch-up`, run, 'events/s'),
        row(`${nameOf(one)}: of raw`, run / raw, 'ratio'),
      );
    }
    rows.push(
      row('catch-up of the slowest projection, of raw', Math.min(...ratios), 'ratio', { least: 0.4 }),
    );
    note('lag under load');
    const { metadata } = tenantCopy(0)[0];
    const before = await appendTimes(parts.store, metadata, 500);
    const { lags, perSecond } = await lagUnderLoad(parts, postgres, all, seconds, copies.length + 1);
    const times = [...before, ...(await appendTimes(parts.store, metadata, 500))];
    rows.push(
      row('lag: appends while all follow', perSecond, '/s'),
      row('lag: one append alone, p50', quantile(times, 0.5), 'ms'),
    );
    for (const [name, values] of lags)
      if (values.length > 0)
        rows.push(
          row(`${name}: lag p50`, quantile(values, 0.5), 'ms'),
          row(`${name}: lag p99`, quantile(values, 0.99), 'ms'),
        );
    const worst = Math.max(
      ...[...lags.values()].filter((values) => values.length > 0).map((values) => quantile(values, 0.99)),
    );
    rows.push(
      row('lag p99 of the slowest projection, in appends', worst / quantile(times, 0.5), 'appends', {
        most: 100,
      }),
    );
    return {
      rows,
      notes: [
        `${events} events in the log; a projection's rate counts the events of its own streams, from an empty database to where it follows`,
      ],
    };
  } finally {
    await parts.stop();
  }
}
