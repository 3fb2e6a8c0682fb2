import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { testMetadata, type Position, type RecordedEvent } from '@interlock/kernel';
import { PoisonedEvent } from '../src/projection/definition/batch.js';
import {
  beginning,
  next,
  takesEvents,
  type Effect,
  type Following,
  type Signal,
} from '../src/projection/following/next.js';

const at = (n: bigint): Position => ({ commit: n, prepare: n });
const event: RecordedEvent = {
  id: '00000000-0000-4000-8000-000000000001',
  type: 'ThingNamed',
  data: {},
  metadata: testMetadata(),
  stream: 'thing-demo:1',
  revision: 0n,
  position: at(5n),
  created: '2026-01-01T00:00:00.000Z',
};
const poison = new PoisonedEvent(event, 0, true, new Error('it cannot be projected'));
const failed = (error: unknown, now = 1000): Signal => ({
  kind: 'failed',
  error,
  at: now,
  firstPauseMs: 2000,
});
const looked = (stored: Position | null, believed: Position | null, table = '1'): Signal => ({
  kind: 'looked',
  checkpoint: { position: stored, table, last: null },
  believed,
});
const prepared: Signal = { kind: 'prepared', table: '1', position: at(3n) };

/** Where a projection stands after some signals. */
const after = (...signals: readonly Signal[]): Following =>
  signals.reduce((state, signal) => next(state, signal).state, beginning);
const kinds = (effects: readonly Effect[]): readonly Effect['kind'][] => effects.map(({ kind }) => kind);
const building = after({ kind: 'start' }, prepared);
const following = after({ kind: 'start' }, prepared, { kind: 'caught_up' }, { kind: 'swapped_in' });

describe('the way to a read model that follows', () => {
  it('prepares, subscribes after the checkpoint, swaps the version in when it has caught up', () => {
    expect(kinds(next(beginning, { kind: 'start' }).effects)).toEqual(['forget_backlog', 'prepare']);
    expect(next(after({ kind: 'start' }), prepared).effects).toEqual([{ kind: 'subscribe', after: at(3n) }]);
    expect(building).toMatchObject({ stage: 'building', table: '1', hasCaughtUp: false });
    expect(kinds(next(building, { kind: 'caught_up' }).effects)).toEqual(['swap_in']);
    expect(kinds(next(building, { kind: 'swapped_in' }).effects)).toEqual(['serve_own', 'resolve_alert']);
    expect(following).toMatchObject({ stage: 'following', hasCaughtUp: true });
  });

  it('waits for a database that is away, and goes on as what it was', () => {
    const { state, effects } = next(after({ kind: 'start' }), { kind: 'unprepared', error: 'away' });
    expect(state.stage).toBe('waiting');
    expect(kinds(effects)).toEqual(['log', 'prepare_persistently']);
    const away: Signal = { kind: 'repeated', error: 'away', attempt: 1, isDatabaseAway: true };
    for (const before of [building, following, next(following, failed('broken')).state]) {
      const waiting = next(before, away);
      expect([waiting.state.stage, kinds(waiting.effects)]).toEqual(['waiting', ['log']]);
      expect(next(waiting.state, { kind: 'succeeded' }).state.stage).toBe(before.stage);
    }
  });

  it('stays what it is where something is tried again that is no fault of the database', () => {
    const again: Signal = { kind: 'repeated', error: 'deadlock', attempt: 1, isDatabaseAway: false };
    expect(next(following, again).state).toEqual(following);
  });
});

describe('a projection that stands still', () => {
  it('stops following, answers nobody who waits, raises the alert; an event that is to blame is stored', () => {
    const { state, effects } = next(following, failed(poison));
    expect(state).toMatchObject({ stage: 'failed', inVain: 1 });
    expect(kinds(effects)).toEqual([
      'log',
      'fail_waits',
      'forget_backlog',
      'unsubscribe',
      'raise_alert',
      'record_failure',
    ]);
    expect(effects.at(-1)).toEqual({ kind: 'record_failure', poison });
    expect(takesEvents(state)).toBe(false);
    expect(kinds(next(following, failed('broken')).effects)).not.toContain('record_failure');
  });

  it('is tried again where no event is to blame, after pauses that double up to a minute', () => {
    let state = following;
    const pauses: number[] = [];
    for (let i = 0; i < 8; i += 1) {
      state = next(state, failed('broken', 0)).state;
      const dueAt = state.standstill!.dueAt;
      pauses.push(dueAt);
      expect(kinds(next(state, { kind: 'look_due', at: dueAt - 1 }).effects)).toEqual(['read_checkpoint']);
      const again = next(state, { kind: 'look_due', at: dueAt });
      expect(kinds(again.effects)).toEqual(['log', 'forget_backlog', 'begin_anew']);
      state = next(again.state, prepared).state;
      expect(state).toMatchObject({ stage: 'building', standstill: null, isStartingOver: false });
    }
    expect(pauses).toEqual([2000, 4000, 8000, 16_000, 32_000, 60_000, 60_000, 60_000]);
    const over = next(next(state, { kind: 'caught_up' }).state, { kind: 'swapped_in' }).state;
    expect(next(over, failed('broken', 0)).state.standstill!.dueAt).toBe(2000);
  });

  it('is not tried again at an event, until that was passed or the read model was rebuilt', () => {
    const { state } = next(following, failed(poison));
    expect(kinds(next(state, { kind: 'look_due', at: Infinity }).effects)).toEqual(['read_checkpoint']);
    expect(kinds(next(state, looked(at(4n), at(4n))).effects)).toEqual(['mark_end_of_log']);
    for (const passed of [looked(at(5n), at(4n)), looked(at(4n), at(4n), '2')])
      expect(kinds(next(state, passed).effects)).toEqual(['log', 'forget_backlog', 'begin_anew']);
  });

  it('does not swap in, and is not cut off a second time', () => {
    const { state } = next(building, failed(poison));
    expect(next(state, { kind: 'caught_up' }).effects).toEqual([]);
    const cutOff: Signal = { kind: 'cut_off', error: 'other log', at: 0, firstPauseMs: 2000 };
    expect(next(state, cutOff)).toEqual({ state, effects: [] });
    expect(next(following, cutOff).state.stage).toBe('failed');
  });
});

describe('a look at the stored checkpoint', () => {
  it('goes on where others have gone on, and compares with the log', () => {
    const { state, effects } = next(following, looked(at(9n), at(3n), '2'));
    expect(state).toEqual({ ...following, table: '2' });
    expect(effects).toEqual([
      { kind: 'reach', position: at(9n) },
      { kind: 'compare_with_log', checkpoint: { position: at(9n), table: '2', last: null } },
    ]);
    expect(next(state, { kind: 'compared' }).effects).toEqual([
      { kind: 'judge_lag', isFollowing: true },
      { kind: 'tidy_versions' },
    ]);
  });

  it('starts over where the checkpoint went back or the tables are gone, once', () => {
    for (const signal of [
      looked(at(2n), at(3n)),
      { kind: 'went_back', areTablesGone: true },
      { kind: 'went_back', areTablesGone: false },
    ] as const) {
      const { state, effects } = next(following, signal);
      expect(kinds(effects)).toEqual(['log', 'forget_backlog', 'begin_anew']);
      expect(takesEvents(state)).toBe(false);
      for (const more of [signal, { kind: 'look_due', at: 0 } as const])
        expect(next(state, more)).toEqual({ state, effects: [] });
    }
  });

  it('is left out while the database is waited for', () => {
    const waiting = next(following, { kind: 'repeated', error: 'away', attempt: 1, isDatabaseAway: true });
    expect(next(waiting.state, { kind: 'look_due', at: 0 }).effects).toEqual([]);
  });
});

describe('a projection that was stopped', () => {
  const stopped = next(following, { kind: 'stop' });

  it('shuts down once, and lets nobody wait', () => {
    expect(kinds(stopped.effects)).toEqual(['shut_down', 'fail_waits']);
    expect(next(stopped.state, { kind: 'stop' }).effects).toEqual([]);
  });

  it('can be started again, and follows as at the first time', () =>
    expect(next(stopped.state, { kind: 'start' }).state).toEqual(after({ kind: 'start' })));
});

const signals = fc.oneof(
  fc.constantFrom<Signal>(
    { kind: 'unprepared', error: 'away' },
    prepared,
    { kind: 'repeated', error: 'away', attempt: 1, isDatabaseAway: true },
    { kind: 'succeeded' },
    { kind: 'caught_up' },
    { kind: 'swapped_in' },
    failed('broken'),
    failed(poison),
    { kind: 'cut_off', error: 'other log', at: 0, firstPauseMs: 10 },
    { kind: 'went_back', areTablesGone: false },
    { kind: 'look_due', at: 1e9 },
    looked(at(4n), at(3n)),
    looked(at(2n), at(3n)),
    looked(at(9n), null, '2'),
    { kind: 'compared' },
  ),
);
/** What only a projection that runs may do. */
const active: readonly Effect['kind'][] = [
  'subscribe',
  'swap_in',
  'begin_anew',
  'read_checkpoint',
  'judge_lag',
];

describe('whatever happens, in whatever order', () => {
  it('nothing that was stopped begins anything', () => {
    fc.assert(
      fc.property(fc.array(signals), fc.array(signals), (before, later) => {
        let state = after({ kind: 'start' }, ...before, { kind: 'stop' });
        for (const signal of later.filter(({ kind }) => kind !== 'unprepared' && kind !== 'swapped_in')) {
          const { state: to, effects } = next(state, signal);
          expect(to.stage).toBe('stopped');
          expect(kinds(effects).filter((kind) => active.includes(kind))).toEqual([]);
          state = to;
        }
      }),
    );
  });

  it('whoever stands still or starts over takes no event, and every standstill unsubscribes and raises the alert', () => {
    fc.assert(
      fc.property(fc.array(signals), (all) => {
        let state = after({ kind: 'start' });
        for (const signal of all) {
          const { state: to, effects } = next(state, signal);
          if (to.standstill !== null || to.isStartingOver) expect(takesEvents(to)).toBe(false);
          if (to.standstill !== null && to.standstill !== state.standstill)
            expect(kinds(effects)).toEqual(
              expect.arrayContaining(['unsubscribe', 'raise_alert', 'fail_waits']),
            );
          if (kinds(effects).includes('subscribe')) expect(takesEvents(to)).toBe(true);
          state = to;
        }
      }),
    );
  });
});
