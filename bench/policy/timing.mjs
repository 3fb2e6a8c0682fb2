import process from 'node:process';

import { quantile } from '../report.mjs';

/** Decisions timed together, so that the clock's resolution and cost matter little. */
export const batch = 25;
const rounds = 7;
const warmUp = 3;

/** Nanoseconds per call, batch by batch, over all requests. */
function timed(decide, requests) {
  const times = [];
  for (let at = 0; at + batch <= requests.length; at += batch) {
    const start = process.hrtime.bigint();
    for (let i = at; i < at + batch; i += 1) decide(requests[i]);
    times.push(Number(process.hrtime.bigint() - start) / batch);
  }
  return times;
}

/**
 * Median and p99 of the best of several rounds over all requests, because other programs only ever
 * slow a round down.
 */
export function measureCalls(decide, requests) {
  for (let i = 0; i < warmUp; i += 1) timed(decide, requests);
  const all = Array.from({ length: rounds }, () => timed(decide, requests));
  const [quietest] = all
    .map((times) => ({ median: quantile(times, 0.5), p99: quantile(times, 0.99) }))
    .sort((a, b) => a.median - b.median);
  return { ...quietest, p99: Math.min(...all.map((times) => quantile(times, 0.99))) };
}

/**
 * Median nanoseconds of single slow calls, `later` if they return promises: for about that many
 * milliseconds, at least five and at most 4000 calls.
 */
export async function measureSlowCalls(decide, requests, milliseconds, later = false) {
  const times = [];
  const end = performance.now() + milliseconds;
  for (let i = 0; times.length < 5 || (performance.now() < end && times.length < 4000); i += 1) {
    const start = process.hrtime.bigint();
    if (later) await decide(requests[i % requests.length]);
    else decide(requests[i % requests.length]);
    times.push(Number(process.hrtime.bigint() - start));
  }
  return quantile(times, 0.5);
}

/** The least CPU milliseconds of several runs, and the result; other load does not count. */
export function least(work, times = 5) {
  let best = Infinity;
  let result;
  for (let i = 0; i < times; i += 1) {
    const start = process.cpuUsage();
    result = work();
    const { user, system } = process.cpuUsage(start);
    best = Math.min(best, (user + system) / 1000);
  }
  return { milliseconds: best, result };
}
