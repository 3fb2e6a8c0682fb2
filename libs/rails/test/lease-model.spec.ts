import { expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import fc from 'fast-check';
import { leaseDecider, leaseOf, type LeaseCommand, type LeaseEvent } from '../src/index.js';
import { later } from './looks.js';

type Held = {
  readonly keys: readonly string[];
  readonly until: number;
  readonly fencing: string;
  /** Names the request that was answered. */
  readonly waits: number;
};
type Waiting = { readonly id: string; readonly keys: readonly string[]; readonly until: number };
/** Who holds what, who waits in which order, and what time it is (seconds). */
type Model = { at: number; held: Map<string, Held>; queue: Waiting[] };
type Real = { events: readonly LeaseEvent[] };
type Step = fc.Command<Model, Real>;

const share = (a: readonly string[], b: readonly string[]): boolean => a.some((key) => b.includes(key));

const tell = (real: Real, command: LeaseCommand): readonly LeaseEvent[] => {
  const written = leaseDecider.decide(command, fold(leaseDecider, real.events));
  real.events = [...real.events, ...written];
  return written;
};

const isEqual = (model: Model, real: Real): void => {
  const state = fold(leaseDecider, real.events);
  for (const id of ['a', 'b', 'c']) {
    const held = model.held.get(id);
    const isHeld = held !== undefined && held.until > model.at;
    expect(leaseOf(state, id, later(model.at))?.fencing).toBe(isHeld ? held.fencing : undefined);
  }
  const held = [...model.held].filter(([, { until }]) => until > model.at);
  for (const [id, one] of held)
    for (const [other, another] of held) if (id !== other) expect(share(one.keys, another.keys)).toBe(false);
};

const reserve = (id: string, keys: readonly string[], lasts: number, waits: number): Step => ({
  check: () => true,
  run: (model, real) => {
    const [until, waitsUntil] = [model.at + lasts, model.at + waits];
    const before = real.events.length;
    const written = tell(real, {
      kind: 'reserve',
      action_id: id,
      keys,
      lease_expires_at: later(until),
      wait_expires_at: later(waitsUntil),
      now: later(model.at),
    });
    const own = model.held.get(id);
    const isOwn = own !== undefined && own.until > model.at && keys.every((key) => own.keys.includes(key));
    const place = model.queue.findIndex((one) => one.id === id);
    const ahead = place < 0 ? model.queue : model.queue.slice(0, place);
    const isInTheWay = (other: string, theirs: readonly string[], end: number): boolean =>
      other !== id && end > model.at && share(keys, theirs);
    const isFree = !(
      [...model.held].some(([other, one]) => isInTheWay(other, one.keys, one.until)) ||
      ahead.some((one) => isInTheWay(one.id, one.keys, one.until))
    );
    const [event] = written;
    if (own !== undefined && own.until > model.at && own.waits === waitsUntil) {
      expect(written).toEqual([]);
      return;
    }
    if (isOwn || isFree) {
      expect(event?.type).toBe('LeaseGranted');
      model.held.set(id, { keys, until, fencing: `${before}`, waits: waitsUntil });
      model.queue = model.queue.filter((one) => one.id !== id);
    } else if (place >= 0) expect(written).toEqual([]);
    else {
      expect(event?.type).toBe('LeaseQueued');
      model.queue = [...model.queue, { id, keys, until: waitsUntil }];
    }
    isEqual(model, real);
  },
  toString: () => `reserve ${id} ${keys.join()} for ${lasts} s, waiting ${waits} s`,
});

const release = (id: string, isCurrent: boolean): Step => ({
  check: () => true,
  run: (model, real) => {
    const fencing = model.held.get(id)?.fencing;
    const given = isCurrent ? fencing : '999';
    const written = tell(real, {
      kind: 'release',
      action_id: id,
      ...(given === undefined ? {} : { fencing: given }),
      now: later(model.at),
    });
    if (given === undefined) {
      expect(written).toHaveLength(model.queue.some((one) => one.id === id) ? 1 : 0);
      model.queue = model.queue.filter((one) => one.id !== id);
    } else {
      expect(written).toHaveLength(given === fencing ? 1 : 0);
      if (given === fencing) model.held.delete(id);
    }
    isEqual(model, real);
  },
  toString: () => `release ${id} ${isCurrent ? 'by its number' : 'by a number of nobody'}`,
});

const pass = (seconds: number): Step => ({
  check: () => true,
  run: (model, real) => {
    model.at += seconds;
    isEqual(model, real);
  },
  toString: () => `${seconds} s pass`,
});

const id = fc.constantFrom('a', 'b', 'c');
const keys = fc.constantFrom<readonly string[]>(['k'], ['l'], ['k', 'l'], ['m']);
const seconds = fc.integer({ min: 1, max: 5 });

it('leases are held and waited for as in their plain model, and no key is held twice', () => {
  fc.assert(
    fc.property(
      fc.commands(
        [
          fc.tuple(id, keys, seconds, seconds).map((args) => reserve(...args)),
          fc.tuple(id, fc.boolean()).map((args) => release(...args)),
          seconds.map(pass),
        ],
        { maxCommands: 25 },
      ),
      (steps) =>
        fc.modelRun(() => ({ model: { at: 0, held: new Map(), queue: [] }, real: { events: [] } }), steps),
    ),
    { numRuns: 400 },
  );
});
