import { describe, expect, it } from '@jest/globals';
import { streamName, type JsonObject } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import fc from 'fast-check';
import { HistoryIndex } from '../src/index.js';

const noon = Date.parse('2026-11-20T12:00:00.000Z');
const text = (ms: number): string => new Date(ms).toISOString();
let position = 0n;

const event = (
  tenant: string,
  actionId: string,
  type: string,
  at: number,
  data: object = {},
): RecordedEvent => {
  position += 1n;
  return {
    id: `${position}`,
    type,
    stream: streamName('action', tenant, actionId),
    revision: 0n,
    position: { commit: position, prepare: position },
    data: data as JsonObject,
    metadata: { occurred_at: text(at) } as RecordedEvent['metadata'],
  } as RecordedEvent;
};

type Run = {
  readonly tenant?: string;
  readonly entity?: string;
  readonly type?: string;
  readonly affected?: number;
  readonly began: number;
  readonly ended?: readonly [string, number];
};
let runs = 0;
const fold = (
  index: HistoryIndex,
  { tenant = 'demo', entity = 'cell-1', type = 'cell_failover', affected = 3, began, ended }: Run,
): void => {
  runs += 1;
  const id = `a-${runs}`;
  index.take(
    event(tenant, id, 'IntentAccepted', began - 10, {
      intent: { entity_id: entity, action_type: type, affected_entity_count: affected },
    }),
  );
  index.take(event(tenant, id, 'ExecutionStarted', began));
  if (ended !== undefined) index.take(event(tenant, id, ended[0], ended[1]));
};
const asked = { entity_id: 'cell-1', action_type: 'cell_failover' };

describe('the history of actions', () => {
  it('is empty at first: no action, and the longest age', () => {
    expect(new HistoryIndex().derived('demo', asked, text(noon))).toEqual({
      system: { error_rate_5m: 0 },
      history: {
        actions_1h: 0,
        blast_1h: 0,
        failure_rate_5m: 0,
        same_entity_age_s: 31_536_000,
        last_action_type: '',
      },
    });
  });

  it('counts executions within the hour and their entities, excluding its very beginning', () => {
    const index = new HistoryIndex();
    for (const began of [noon - 3_600_000, noon - 3_599_999, noon]) fold(index, { began });
    expect(index.derived('demo', asked, text(noon)).history).toMatchObject({ actions_1h: 2, blast_1h: 6 });
  });

  describe("counts the larger of the declared entities and the topology's", () => {
    const look = (count: number | null): object => ({
      gate: 'blast_radius',
      saw: { affected_entity_count: 3, estimate: count === null ? null : { affected_entity_count: count } },
    });
    const blast = (declared: number, ...looks: readonly (readonly object[])[]): unknown => {
      const index = new HistoryIndex();
      index.take(
        event('demo', 'a', 'IntentAccepted', noon - 20, {
          intent: { entity_id: 'cell-1', action_type: 'cell_failover', affected_entity_count: declared },
        }),
      );
      for (const gates of looks) index.take(event('demo', 'a', 'GatesJudged', noon - 10, { gates }));
      index.take(event('demo', 'a', 'ExecutionStarted', noon - 5));
      index.take(event('demo', 'a', 'ActionCompleted', noon - 1));
      return index.derived('demo', asked, text(noon)).history?.['blast_1h'];
    };

    it('whichever says more', () =>
      expect([blast(1, [look(40)]), blast(50, [look(40)]), blast(3, [look(null)])]).toEqual([40, 50, 3]));

    it('as it was looked at last, before the start', () => {
      expect(blast(1, [look(40)], [{ gate: 'policy', saw: {} }, look(7)])).toBe(7);
      expect(blast(1, [look(40)], [look(60)])).toBe(60);
    });
  });

  it('knows only the last execution on the same entity', () => {
    const index = new HistoryIndex();
    fold(index, { began: noon - 90_000, type: 'carrier_shutdown' });
    fold(index, { began: noon - 5000, entity: 'cell-2' });
    expect(index.derived('demo', asked, text(noon)).history).toMatchObject({
      same_entity_age_s: 90,
      last_action_type: 'carrier_shutdown',
    });
    expect(index.derived('demo', { ...asked, entity_id: 'cell-3' }, text(noon)).history).toMatchObject({
      same_entity_age_s: 31_536_000,
      last_action_type: '',
    });
  });

  it('gives the share of failures by action type, and over all of them', () => {
    const index = new HistoryIndex();
    for (const [ended, type] of [
      ['ActionCompleted', 'a'],
      ['ActionRolledBack', 'a'],
      ['ActionRollbackFailed', 'b'],
      ['ActionCompleted', 'b'],
      ['ActionCompleted', 'b'],
    ] as const)
      fold(index, { began: noon - 60_000, type, ended: [ended, noon - 1000] });
    expect(index.derived('demo', { action_type: 'a' }, text(noon))).toMatchObject({
      system: { error_rate_5m: 40 },
      history: { failure_rate_5m: 50 },
    });
    expect(index.derived('demo', { action_type: 'b' }, text(noon)).history!['failure_rate_5m']).toBeCloseTo(
      100 / 3,
    );
  });

  it("gives a share equal to a rule's limit exactly if it is at the limit", () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 60 }),
        fc.nat(60),
        fc.integer({ min: 0, max: 1000 }),
        (all, some, tenths) => {
          const [failed, index] = [Math.min(some, all), new HistoryIndex()];
          for (let i = 0; i < all; i++)
            fold(index, {
              began: noon - 60_000,
              type: 'a',
              ended: [i < failed ? 'ActionRolledBack' : 'ActionCompleted', noon - 1000],
            });
          const { system, history } = index.derived('demo', { action_type: 'a' }, text(noon));
          const exact = Math.sign(failed * 1000 - tenths * all);
          for (const rate of [history!['failure_rate_5m'], system!['error_rate_5m']])
            expect(Math.sign(Number(rate) - tenths / 10)).toBe(exact);
        },
      ),
      { numRuns: 300 },
    );
    const index = new HistoryIndex();
    for (let i = 0; i < 100; i++)
      fold(index, {
        began: noon - 60_000,
        ended: [i < 29 ? 'ActionRolledBack' : 'ActionCompleted', noon - 1000],
      });
    expect(index.derived('demo', asked, text(noon))).toMatchObject({
      system: { error_rate_5m: 29 },
      history: { failure_rate_5m: 29 },
    });
  });

  it('drops an end after exactly five minutes', () => {
    const index = new HistoryIndex();
    fold(index, { began: noon - 600_000, ended: ['ActionRolledBack', noon - 300_000] });
    expect(index.derived('demo', asked, text(noon - 1)).system).toEqual({ error_rate_5m: 100 });
    expect(index.derived('demo', asked, text(noon)).system).toEqual({ error_rate_5m: 0 });
  });

  it('ignores denied and cancelled actions and dry runs', () => {
    const index = new HistoryIndex();
    for (const type of ['ActionDenied', 'ActionCancelled', 'DryRunCompleted', 'ActionExpired']) {
      index.take(
        event('demo', type, 'IntentAccepted', noon - 20, {
          intent: { entity_id: 'cell-1', action_type: 'cell_failover', affected_entity_count: 3 },
        }),
      );
      index.take(event('demo', type, type, noon - 10));
    }
    expect(index.derived('demo', asked, text(noon))).toEqual(
      new HistoryIndex().derived('demo', asked, text(noon)),
    );
  });

  it('ignores a lapsed start once that is known, and counts the next', () => {
    const index = new HistoryIndex();
    fold(index, { began: noon - 90_000, type: 'carrier_shutdown' });
    fold(index, { began: noon - 5000 });
    const id = `a-${runs}`;
    const known = { commit: position, prepare: position };
    index.take(event('demo', id, 'TurnLapsed', noon - 4000));
    expect(index.derived('demo', asked, text(noon)).history).toMatchObject({
      actions_1h: 1,
      blast_1h: 3,
      same_entity_age_s: 90,
      last_action_type: 'carrier_shutdown',
    });
    expect(index.derived('demo', asked, text(noon), known).history).toMatchObject({
      actions_1h: 2,
      blast_1h: 6,
      same_entity_age_s: 5,
      last_action_type: 'cell_failover',
    });
    index.take(event('demo', id, 'TurnLapsed', noon - 3500));
    index.take(event('demo', id, 'ExecutionStarted', noon - 3000));
    expect(index.derived('demo', asked, text(noon)).history).toMatchObject({
      actions_1h: 2,
      blast_1h: 6,
      same_entity_age_s: 3,
    });
  });

  it('keeps tenants apart', () => {
    const index = new HistoryIndex();
    fold(index, { tenant: 'other', began: noon - 1000, ended: ['ActionRolledBack', noon] });
    expect(index.derived('demo', asked, text(noon))).toEqual(
      new HistoryIndex().derived('demo', asked, text(noon)),
    );
  });

  it('gives the values at a position in the log, whatever came after', () => {
    const index = new HistoryIndex();
    const said: { readonly position: bigint; readonly at: number; readonly derived: object }[] = [];
    for (let i = 0; i < 400; i += 1) {
      const at = noon + i * 1000;
      said.push({ position, at, derived: index.derived('demo', asked, text(at)) });
      fold(index, {
        began: at,
        entity: `cell-${1 + (i % 70)}`,
        ended: [i % 3 === 0 ? 'ActionRolledBack' : 'ActionCompleted', at + 900],
      });
    }
    for (const one of said)
      expect(
        index.derived('demo', asked, text(one.at), { commit: one.position, prepare: one.position }),
      ).toEqual(one.derived);
  });

  it('drops old entries and continues to count', () => {
    const index = new HistoryIndex();
    for (let i = 0; i < 2000; i += 1) fold(index, { began: noon + i * 60_000, affected: 2 });
    expect(index.derived('demo', asked, text(noon + 1999 * 60_000)).history).toMatchObject({
      actions_1h: 60,
      blast_1h: 120,
    });
  });

  it('gives no values for a time with dropped events, but does for an hour ago', () => {
    const index = new HistoryIndex();
    fold(index, { began: noon });
    expect(index.derived('demo', asked, text(noon - 3_600_001))).toEqual({});
    expect(index.derived('demo', asked, text(noon - 3_600_000))).toHaveProperty('history');
    expect(index.derived('demo', asked, 'no time')).toEqual({});
  });

  it('equals a count over all events, whatever their number', () => {
    const run = fc.record({
      began: fc.integer({ min: 0, max: 4 * 3600 }),
      lasts: fc.integer({ min: 0, max: 600 }),
      entity: fc.constantFrom('x', 'y'),
      type: fc.constantFrom('a', 'b'),
      failed: fc.boolean(),
      affected: fc.integer({ min: 1, max: 9 }),
    });
    fc.assert(
      fc.property(fc.array(run, { maxLength: 60 }), fc.integer({ min: 0, max: 3600 }), (all, back) => {
        const index = new HistoryIndex();
        const events = all
          .flatMap((one, i) => [
            { at: one.began, of: () => event('demo', `p-${i}`, 'ExecutionStarted', noon + one.began * 1000) },
            {
              at: one.began + one.lasts,
              of: () =>
                event(
                  'demo',
                  `p-${i}`,
                  one.failed ? 'ActionRolledBack' : 'ActionCompleted',
                  noon + (one.began + one.lasts) * 1000,
                ),
            },
          ])
          .map((one, order) => ({ ...one, order }))
          .sort((a, b) => a.at - b.at || a.order - b.order);
        for (const [i, one] of all.entries())
          index.take(
            event('demo', `p-${i}`, 'IntentAccepted', noon, {
              intent: { entity_id: one.entity, action_type: one.type, affected_entity_count: one.affected },
            }),
          );
        for (const one of events) index.take(one.of());
        const end = Math.max(0, ...all.map(({ began, lasts }) => began + lasts));
        const at = end - back;
        const begun = all.filter(({ began }) => began > at - 3600);
        const over = all.filter(({ began, lasts, type }) => type === 'a' && began + lasts > at - 300);
        expect(
          index.derived('demo', { entity_id: 'x', action_type: 'a' }, text(noon + at * 1000)).history,
        ).toMatchObject({
          actions_1h: begun.length,
          blast_1h: begun.reduce((sum, { affected }) => sum + affected, 0),
          failure_rate_5m:
            over.length === 0 ? 0 : (100 * over.filter(({ failed }) => failed).length) / over.length,
        });
      }),
    );
  });
});
