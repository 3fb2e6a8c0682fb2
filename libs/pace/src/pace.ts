import { env } from 'node:process';

/** Milliseconds that the reference computation takes on a quick and quiet machine. */
const nominalMs = 60;
const slowest = 8;

/**
 * Objects, strings and JSON, because services spend their time on them. About 50 ms on a quiet
 * machine.
 */
const compute = (): void => {
  let held: unknown = Object.fromEntries(
    Array.from({ length: 1500 }, (_, i) => [`k${(i * 7919) % 1500}`, [i, String(i), { a: i }]]),
  );
  for (let round = 0; round < 60; round += 1) held = JSON.parse(JSON.stringify(held));
};

/**
 * How many times slower this machine is now than a quick and quiet one: a whole number from 1 to 8.
 * `work` takes about 60 ms where the answer is 1, and `now` returns milliseconds.
 */
export const measurePace = (work = compute, now: () => number = () => performance.now()): number => {
  const began = now();
  work();
  return Math.min(slowest, Math.max(1, Math.round((now() - began) / nominalMs)));
};

/** A whole number from 1 to 8; anything else counts as not set. */
const isPace = (text: string | undefined): text is string => /^[1-8]$/.test(text ?? '');

/**
 * The pace of this machine, measured once. `INTERLOCK_PACE` (1 to 8) overrides it; the first
 * process of a run sets it for the processes that it starts.
 */
export const pace = (): number => {
  if (!isPace(env['INTERLOCK_PACE'])) env['INTERLOCK_PACE'] = String(measurePace());
  return Number(env['INTERLOCK_PACE']);
};

/**
 * Milliseconds to wait for an answer on this machine, given those on a quick and quiet one.
 * INVARIANT: it stretches no guarantee: leases, `start_by`, clock skew, `effective_by`, the kill
 * switch's acknowledgement, a device's timers.
 */
export const atThisPace = (ms: number): number => ms * pace();
