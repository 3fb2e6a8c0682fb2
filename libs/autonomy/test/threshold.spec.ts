import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { fold, recalledDecision } from '@interlock/kernel';
import {
  addDays,
  automaticChange,
  earnedDecider,
  explainThreshold,
  leastAutomatic,
  mostShift,
  mostShiftADay,
  shiftedThresholds,
  shiftToward,
  thresholdBounds,
  thresholdData,
  thresholdDecider,
  thresholdStream,
  thresholdType,
  withAutomatic,
  type AutomaticRecord,
  type EarnedEvent,
  type EarnedState,
  type ThresholdCommand,
  type ThresholdData,
  type ThresholdEvent,
  type ThresholdState,
} from '../src/index.js';

const today = '2026-11-20';

describe('the record of automatic outcomes', () => {
  const count = (
    action_id: string,
    counted: 'good' | 'bad' | 'neutral',
    automatic: boolean,
    day = today,
  ): EarnedEvent => ({
    type: 'OutcomeCounted',
    data: {
      action_id,
      outcome: 'COMPLETED',
      counted,
      automatic,
      asked: null,
      affected_entity_count: 1,
      day,
    },
  });
  const judge = (action_id: string, counted: 'good' | 'bad'): EarnedEvent => ({
    type: 'OutcomeJudged',
    data: {
      action_id,
      verdict: counted,
      by: 'person:ann',
      counted,
      affected_entity_count: 1,
      day: '2026-11-25',
    },
  });
  const after = (...events: EarnedEvent[]): EarnedState => fold(earnedDecider, events);

  it('counts good and bad automatic outcomes only', () => {
    expect(automaticChange(after(), count('a', 'good', true))).toEqual({ day: today, good: 1, bad: 0 });
    expect(automaticChange(after(), count('a', 'bad', true))).toEqual({ day: today, good: 0, bad: 1 });
    expect(automaticChange(after(), count('a', 'neutral', true))).toBeNull();
    expect(automaticChange(after(), count('a', 'good', false))).toBeNull();
    expect(automaticChange(after(), { type: 'StepUpSigned', data: { digest: 'd', up_to: 1 } })).toBeNull();
  });

  it("moves an outcome that a person judges differently, on the outcome's own day", () => {
    expect(automaticChange(after(count('a', 'good', true)), judge('a', 'bad'))).toEqual({
      day: today,
      good: -1,
      bad: 1,
    });
    expect(automaticChange(after(count('a', 'neutral', true)), judge('a', 'good'))).toEqual({
      day: today,
      good: 1,
      bad: 0,
    });
    expect(automaticChange(after(count('a', 'bad', true)), judge('a', 'bad'))).toBeNull();
    expect(automaticChange(after(count('a', 'good', false)), judge('a', 'bad'))).toBeNull();
    expect(automaticChange(after(), judge('a', 'bad'))).toBeNull();
  });

  it('is kept by day, in order, and never negative', () => {
    const record = [
      { day: '2026-11-21', good: 1, bad: 0 },
      { day: today, good: 2, bad: 1 },
      { day: today, good: -1, bad: 1 },
      { day: '2026-11-19', good: -1, bad: 1 },
    ].reduce<AutomaticRecord>(withAutomatic, []);
    expect(record).toEqual([
      { day: '2026-11-19', good: 0, bad: 1 },
      { day: today, good: 1, bad: 2 },
      { day: '2026-11-21', good: 1, bad: 0 },
    ]);
    let long: AutomaticRecord = [];
    for (let i = 0; i < 400; i += 1) long = withAutomatic(long, { day: addDays(today, i), good: 1, bad: 0 });
    expect([long.length, long[0]?.day]).toEqual([365, addDays(today, 35)]);
  });

  it('weighs half as much after 30 days, and omits outcomes before the last move', () => {
    const record: AutomaticRecord = [
      { day: '2026-10-21', good: 8, bad: 4 },
      { day: today, good: 3, bad: 1 },
      { day: '2026-11-21', good: 1, bad: 0 },
    ];
    expect(thresholdData(record, null, today, '7')).toEqual({
      after: null,
      good: 12,
      bad: 5,
      weighted_good: 8,
      weighted_bad: 3,
      share: 0.727273,
      position: '7',
    });
    expect(thresholdData(record, '2026-10-21', today, '7')).toMatchObject({ good: 4, bad: 1, share: 0.8 });
    expect(thresholdData(record, '2026-11-21', today, '7')).toEqual({
      after: '2026-11-21',
      good: 0,
      bad: 0,
      weighted_good: 0,
      weighted_bad: 0,
      share: null,
      position: '7',
    });
  });
});

describe('a shift', () => {
  it('follows the distance of the share from its target, by at most 0.02 a day and within 0.1', () => {
    expect(shiftToward(0, 0.95, 0.9)).toBe(0.02);
    expect(shiftToward(0, 0.95, 0.94)).toBe(0.01);
    expect(shiftToward(0, 0.95, 0.95)).toBe(0);
    expect(shiftToward(0, 0.95, 0.9496)).toBe(0);
    expect(shiftToward(0, 0.95, 0.9504)).toBe(0);
    expect(shiftToward(0.02, 0.95, 1)).toBe(0);
    expect(Object.is(shiftToward(0.02, 0.95, 0.97), 0)).toBe(true);
    expect(shiftToward(0.09, 0.95, 0)).toBe(mostShift);
    expect(shiftToward(-0.09, 0.9, 1)).toBe(-mostShift);
  });

  it('moves every configured threshold, within 0 and 1', () => {
    const configured = { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 };
    expect(shiftedThresholds(configured, 0)).toEqual(configured);
    expect(shiftedThresholds(configured, 0.06)).toEqual({ LOW: 0.76, MEDIUM: 0.91, HIGH: 1 });
    expect(shiftedThresholds({ LOW: 0.05, MEDIUM: 0.3, HIGH: 1 }, -0.1)).toEqual({
      LOW: 0,
      MEDIUM: 0.2,
      HIGH: 0.9,
    });
    expect(thresholdBounds(configured)).toEqual({
      LOW: { least: 0.6, most: 0.8 },
      MEDIUM: { least: 0.75, most: 0.95 },
      HIGH: { least: 0.85, most: 1 },
    });
  });
});

/** The thresholds of a type and their commands, in order. */
class Type {
  events: ThresholdEvent[] = [];

  get state(): ThresholdState {
    return fold(thresholdDecider, this.events, {
      actor: { kind: 'person', person_id: 'ann' },
      occurred_at: '2026-11-20T10:00:00.000Z',
    });
  }
  tell(command: ThresholdCommand): readonly ThresholdEvent[] {
    const written = thresholdDecider.decide(command, this.state);
    expect(recalledDecision(thresholdDecider, command, this.state)).toEqual(written);
    this.events = [...this.events, ...written];
    return written;
  }
  data(good: number, bad: number, day: string, over: Partial<ThresholdData> = {}): ThresholdData {
    return { ...thresholdData([{ day, good, bad }], null, day, '1'), after: this.state.changed_on, ...over };
  }
  review(good: number, bad: number, day = today): readonly string[] {
    return this.tell({ kind: 'review', day, data: this.data(good, bad, day) }).map(({ type }) => type);
  }
  sign(day: string, good = 30, bad = 0, digest = this.state.proposal?.digest ?? ''): readonly string[] {
    return this.tell({ kind: 'sign', digest, day, data: this.data(good, bad, day) }).map(({ type }) => type);
  }
  static on(target_share = 0.95): Type {
    const type = new Type();
    type.tell({ kind: 'enable', target_share });
    return type;
  }
}

describe('adaptive thresholds', () => {
  it('do nothing until a person opts in, and end as configured', () => {
    const type = new Type();
    expect(type.review(0, 100)).toEqual([]);
    expect(type.tell({ kind: 'disable' })).toEqual([]);
    expect(type.tell({ kind: 'enable', target_share: 0.9 })).toHaveLength(1);
    expect(type.tell({ kind: 'enable', target_share: 0.9 })).toEqual([]);
    expect(type.review(0, 100)).toEqual(['ThresholdAdapted']);
    expect(type.tell({ kind: 'enable', target_share: 0.95 })).toHaveLength(1);
    expect(type.state).toMatchObject({ target_share: 0.95, shift: 0.02, enabled_by: 'ann' });
    expect(type.tell({ kind: 'disable' })).toEqual([
      { type: 'AdaptiveThresholdsDisabled', data: { shift: 0.02 } },
    ]);
    expect(type.state).toMatchObject({ target_share: null, shift: 0, enabled_at: null });
    // A day with a move has no other move, even if the adaptation is disabled and enabled in
    // between.
    type.tell({ kind: 'enable', target_share: 0.9 });
    expect(type.review(0, 100)).toEqual([]);
  });

  it('tighten automatically, once a day, with the figures that justify it', () => {
    const type = Type.on();
    const data = type.data(26, 4, today);
    expect(type.tell({ kind: 'review', day: today, data })).toEqual([
      {
        type: 'ThresholdAdapted',
        data: { from: 0, to: 0.02, target_share: 0.95, day: today, data },
      },
    ]);
    expect(type.review(0, 100)).toEqual([]);
    expect(type.review(0, 100, '2026-11-19')).toEqual([]);
    expect(type.review(0, 100, '2026-11-21')).toEqual(['ThresholdAdapted']);
    expect(type.state.shift).toBe(0.04);
  });

  it('move on at least 20 weighted outcomes, all after the last move', () => {
    const type = Type.on();
    expect(type.review(0, leastAutomatic - 1)).toEqual([]);
    expect(
      type.tell({ kind: 'review', day: today, data: type.data(0, 30, today, { weighted_bad: 19.999 }) }),
    ).toEqual([]);
    expect(
      type.tell({ kind: 'review', day: today, data: type.data(0, 30, today, { after: '2026-11-01' }) }),
    ).toEqual([]);
    expect(type.review(0, leastAutomatic)).toEqual(['ThresholdAdapted']);
    const next = '2026-11-21';
    expect(type.tell({ kind: 'review', day: next, data: type.data(0, 30, next, { after: null }) })).toEqual(
      [],
    );
    expect(type.tell({ kind: 'review', day: next, data: type.data(0, 30, next, { share: null }) })).toEqual(
      [],
    );
  });

  it('never loosen automatically: a proposal waits for the signature of its digest', () => {
    const type = Type.on();
    expect(type.review(30, 0)).toEqual(['ThresholdProposed']);
    expect(type.review(31, 0)).toEqual([]);
    expect(type.state).toMatchObject({ shift: 0, proposal: { from: 0, to: -0.02 } });
    expect(() => type.sign(today, 30, 0, 'f'.repeat(64))).toThrow('not what is proposed');
    expect(type.sign('2026-11-23')).toEqual(['ThresholdSigned']);
    expect(type.state).toMatchObject({
      shift: -0.02,
      changed_on: '2026-11-23',
      proposal: null,
      last: { by: 'ann', from: 0, to: -0.02 },
    });
    expect(() => type.sign('2026-11-24')).toThrow('no loosening');
    expect(type.review(30, 0, '2026-11-23')).toEqual([]);
  });

  it('cannot be loosened twice in a day, or without present evidence', () => {
    const type = Type.on();
    type.review(30, 0);
    expect(() => type.sign(today, 27, 3)).toThrow('do not show it any more');
    expect(() => type.sign(today, 96, 4)).toThrow('do not show it any more');
    expect(() => type.sign(today, 0, 0)).toThrow('do not show it any more');
    // At the signature, fewer outcomes than a proposal needs are enough, because they have aged.
    expect(type.sign(today, 5, 0)).toEqual(['ThresholdSigned']);
    expect(type.review(30, 0, '2026-11-21')).toEqual(['ThresholdProposed']);
    expect(() => type.sign(today)).toThrow('moved today already');
  });

  it('give way to a stricter proposal, and to a tightening', () => {
    const type = Type.on();
    type.review(30, 0);
    const { digest } = type.state.proposal ?? { digest: '' };
    expect(type.review(96, 4)).toEqual(['ThresholdProposed']);
    expect(type.state.proposal).toMatchObject({ to: -0.01 });
    expect(() => type.sign(today, 96, 4, digest)).toThrow('not what is proposed');
    expect(type.review(80, 20)).toEqual(['ThresholdAdapted']);
    expect(type.state).toMatchObject({ shift: 0.02, proposal: null });
    expect(() => type.sign('2026-11-21')).toThrow('no loosening');
  });

  it('drop a proposal when the target changes or when the adaptation ends', () => {
    for (const command of [{ kind: 'enable', target_share: 0.99 }, { kind: 'disable' }] as const) {
      const type = Type.on();
      type.review(30, 0);
      type.tell(command);
      expect(type.state.proposal).toBeNull();
    }
  });

  it('stay within 0.1 of the configured ones, and within 0.02 a day, for any commands', () => {
    const step = fc.record({
      good: fc.nat(60),
      bad: fc.nat(60),
      days: fc.nat(2),
      signs: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(step, { maxLength: 60 }), fc.constantFrom(0.5, 0.95, 1), (steps, target) => {
        const type = Type.on(target);
        let day = today;
        const atEnd = new Map<string, number>();
        for (const { good, bad, days, signs } of steps) {
          day = addDays(day, days);
          const before = type.state.shift;
          type.review(good, bad, day);
          expect(type.state.shift).toBeGreaterThanOrEqual(before);
          const { proposal, changed_on } = type.state;
          if (signs && proposal !== null && changed_on !== day && good > 0 && bad === 0)
            type.sign(day, good, 0);
          atEnd.set(day, type.state.shift);
        }
        const shifts = [0, ...atEnd.values()];
        shifts.forEach((shift, i) => {
          expect(Math.abs(shift)).toBeLessThanOrEqual(mostShift);
          expect(Math.abs(shift - (shifts[i - 1] ?? shift))).toBeLessThanOrEqual(mostShiftADay + 1e-9);
        });
      }),
    );
  });

  it('explain their state and the condition of the next move', () => {
    const type = new Type();
    const textOf = (good: number, bad: number): string =>
      explainThreshold(type.state, type.data(good, bad, today), today);
    expect(textOf(0, 0)).toBe('the configured thresholds hold: nobody has opted in');
    type.tell({ kind: 'enable', target_share: 0.95 });
    expect(textOf(3, 0)).toBe(
      'the configured thresholds hold; 3 automatic outcomes, weighted by age, are too few: 20 are needed',
    );
    expect(textOf(19, 1)).toBe(
      'the configured thresholds hold; 0.95 of the automatic outcomes were good, 0.95 is the target',
    );
    type.review(30, 0);
    expect(textOf(30, 0)).toContain('a loosening is proposed, to a shift of -0.02');
    type.review(0, 30);
    expect(textOf(0, 0)).toBe(
      'the thresholds are 0.02 above the configured ones; they were moved today, and outcomes from tomorrow on count',
    );
  });
});

describe('the stream of adaptive thresholds', () => {
  it('is named by tenant and action type', () => {
    expect(thresholdStream('demo', 'mcp.files.read')).toBe('autonomy-demo:threshold=mcp.files.read');
    expect(thresholdType('threshold=cell_failover')).toBe('cell_failover');
    expect(thresholdType('config')).toBeUndefined();
    expect(thresholdType('threshold=')).toBeUndefined();
  });

  it('is replayed from its events', () => {
    const type = Type.on();
    type.review(0, 30);
    type.review(30, 0, '2026-11-21');
    type.sign('2026-11-21');
    type.tell({ kind: 'disable' });
    expect(new Set(type.events.map((event) => event.type))).toEqual(new Set(thresholdDecider.types));
  });
});
