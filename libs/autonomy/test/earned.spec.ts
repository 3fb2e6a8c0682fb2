import { describe, expect, it } from '@jest/globals';
import { fold, recalledDecision } from '@interlock/kernel';
import {
  afterStep,
  earnedDecider,
  earnedStep,
  goodNeeded,
  isFailing,
  isShown,
  successBound,
  successEvidence,
  type EarnedCommand,
  type EarnedEvent,
  type EarnedState,
  type RecordDay,
} from '../src/index.js';

const today = '2026-11-20';
const record = (good: number, bad = 0, day = today): RecordDay => ({
  day,
  good,
  bad,
  approved: good,
  not_approved: 0,
});

describe('what a record shows', () => {
  it('is a success of 95 % after some 60 executions without a failure, and of 98 % after some 150', () => {
    expect(goodNeeded([], 0.05, today)).toBe(60);
    expect(isShown([record(59)], 0.05, today)).toBe(false);
    expect(isShown([record(60)], 0.05, today)).toBe(true);
    expect(goodNeeded([], 0.02, today)).toBeLessThan(157);
    expect(goodNeeded([record(60)], 0.05, today)).toBe(0);
  });

  it('needs much more after one failure, and never comes with failures at the limit', () => {
    expect(isShown([record(120, 1)], 0.05, today)).toBe(false);
    expect(isShown([record(250, 1)], 0.05, today)).toBe(true);
    expect(isShown([record(9500, 500)], 0.05, today)).toBe(false);
  });

  it('fades with time for evidence of success, never for evidence against it', () => {
    const long = '2027-11-20';
    expect(isShown([record(60)], 0.05, '2026-12-20')).toBe(false);
    expect(successEvidence([record(60)], 0.05, long)).toBeLessThan(0.1);
    const bad = successEvidence([record(0, 3)], 0.05, today);
    expect(bad).toBeLessThan(0);
    expect(successEvidence([record(0, 3)], 0.05, long)).toBe(bad);
  });

  it('has a lower bound that the target is compared with', () => {
    expect(successBound([], today)).toBe(0);
    expect(successBound([record(60)], today)).toBeGreaterThan(0.95);
    expect(successBound([record(59)], today)).toBeLessThan(0.95);
    expect(successBound([record(60, 5)], today)).toBeLessThan(0.9);
  });

  it('is wrong in at most 5 of 100 records with failures at the limit, however often it is checked', () => {
    // A small generator of numbers with a seed, so that every run is the same.
    let seed = 7;
    const next = (): number => {
      seed = (Math.imul(seed, 1_664_525) + 1_013_904_223) >>> 0;
      return seed / 2 ** 32;
    };
    let wrong = 0;
    for (let run = 0; run < 400; run += 1) {
      let [good, bad] = [0, 0];
      for (let i = 0; i < 300; i += 1) {
        if (next() < 0.05) bad += 1;
        else good += 1;
        if (isShown([record(good, bad)], 0.05, today)) {
          wrong += 1;
          break;
        }
      }
    }
    expect(wrong / 400).toBeLessThanOrEqual(0.05 + 0.02);
    expect(wrong).toBeGreaterThan(0);
  });

  it('is failing when the sequential test says so, on five outcomes at least', () => {
    expect(isFailing(0, 4, 0.05)).toBe(false);
    expect(isFailing(0, 5, 0.05)).toBe(true);
    expect(isFailing(95, 5, 0.05)).toBe(false);
    expect(isFailing(60, 20, 0.05)).toBe(true);
  });
});

/** A cell and its commands, in order. */
class Cell {
  events: EarnedEvent[] = [];
  #serial = 0;

  get state(): EarnedState {
    return fold(earnedDecider, this.events, {
      actor: { kind: 'person', person_id: 'ann' },
      occurred_at: '2026-11-20T10:00:00.000Z',
    });
  }
  tell(command: EarnedCommand): readonly EarnedEvent[] {
    const written = earnedDecider.decide(command, this.state);
    expect(recalledDecision(earnedDecider, command, this.state)).toEqual(written);
    this.events = [...this.events, ...written];
    return written;
  }
  count(
    counted: 'good' | 'bad' | 'neutral',
    over: Partial<Extract<EarnedCommand, { kind: 'count' }>> = {},
  ): string {
    const action_id = `a-${(this.#serial += 1)}`;
    this.tell({
      kind: 'count',
      action_id,
      outcome: counted === 'bad' ? 'ROLLED_BACK' : 'COMPLETED',
      counted,
      automatic: false,
      asked: 'approved',
      affected_entity_count: 3,
      day: today,
      ...over,
    });
    return action_id;
  }
  counts(times: number, counted: 'good' | 'bad' | 'neutral', over: Parameters<Cell['count']>[1] = {}): this {
    for (let i = 0; i < times; i += 1) this.count(counted, over);
    return this;
  }
  review(
    mode: Extract<EarnedCommand, { kind: 'review' }>['mode'] = 'APPROVAL_REQUIRED',
    target = 0.95,
  ): readonly string[] {
    return this.tell({ kind: 'review', mode, target, day: today }).map(({ type }) => type);
  }
  judge(action_id: string, verdict: 'good' | 'bad' | 'harmful'): readonly string[] {
    return this.tell({
      kind: 'judge',
      action_id,
      verdict,
      by: 'person:ann',
      affected_entity_count: 3,
      day: today,
    }).map(({ type }) => type);
  }
  /** A cell with a signed step up. */
  static up(): Cell {
    const cell = new Cell().counts(60, 'good');
    cell.review();
    cell.tell({ kind: 'sign', digest: cell.state.proposal?.digest ?? '' });
    return cell;
  }
}

describe('a step up', () => {
  it('is proposed once, with its figures, when the record shows the target', () => {
    const cell = new Cell().counts(59, 'good');
    expect(cell.review()).toEqual([]);
    cell.count('good', { affected_entity_count: 7 });
    expect(cell.review()).toEqual(['StepUpProposed']);
    expect(cell.state.proposal).toMatchObject({ good: 60, bad: 0, target: 0.95, approved: 60, up_to: 7 });
    expect(cell.review()).toEqual([]);
  });

  it('is not proposed if people refused too often, or were never asked', () => {
    const refused = new Cell().counts(60, 'good').counts(4, 'neutral', { asked: 'not_approved' });
    expect(refused.review()).toEqual([]);
    const atLimit = new Cell().counts(60, 'good').counts(3, 'neutral', { asked: 'not_approved' });
    expect(atLimit.review()).toEqual(['StepUpProposed']);
    expect(new Cell().counts(60, 'good', { asked: null }).review()).toEqual([]);
  });

  it.each(['AUTO_EXECUTE', 'PROPOSE_ONLY', 'DISABLED'] as const)(
    'is not proposed where the mode is %s',
    (mode) => expect(new Cell().counts(60, 'good').review(mode)).toEqual([]),
  );

  it('is not proposed for outcomes that only the handler observed', () =>
    expect(new Cell().counts(200, 'neutral').review()).toEqual([]));

  it('holds once it is signed with the digest of what was read, and begins a new record', () => {
    const cell = new Cell().counts(60, 'good');
    cell.review();
    expect(() => cell.tell({ kind: 'sign', digest: '0'.repeat(64) })).toThrow('what was looked at');
    cell.tell({ kind: 'sign', digest: cell.state.proposal?.digest ?? '' });
    expect(cell.state.standing).toMatchObject({ kind: 'up', up_to: 3, by: 'ann' });
    expect(cell.state.days).toEqual([]);
    expect(() => cell.tell({ kind: 'sign', digest: '' })).toThrow('no step up is proposed');
  });

  it.each([0.5, 0.9, 0.95, 0.98])("needs evidence for the tenant's target: %s", (target) => {
    const needed = goodNeeded([], 1 - target, today) ?? 0;
    const cell = new Cell().counts(needed - 1, 'good');
    expect(cell.review('APPROVAL_REQUIRED', target)).toEqual([]);
    expect(cell.counts(1, 'good').review('APPROVAL_REQUIRED', target)).toEqual(['StepUpProposed']);
    expect(cell.state.proposal?.target).toBe(target);
  });

  it('that was proposed for a lower target cannot be signed, and is proposed again with evidence', () => {
    const cell = new Cell().counts(60, 'good');
    cell.review();
    const { digest } = cell.state.proposal ?? { digest: '' };
    expect(() => cell.tell({ kind: 'sign', digest, target: 0.98 })).toThrow('proposed for a target of 0.95');
    expect(cell.review('APPROVAL_REQUIRED', 0.98)).toEqual([]);
    cell.counts(100, 'good');
    expect(cell.review('APPROVAL_REQUIRED', 0.98)).toEqual(['StepUpProposed']);
    expect(cell.state.proposal).toMatchObject({ target: 0.98, good: 160 });
    expect(() => cell.tell({ kind: 'sign', digest, target: 0.98 })).toThrow('what was looked at');
    // A proposal for a higher target than the present one is good enough.
    expect(cell.review()).toEqual([]);
    cell.tell({ kind: 'sign', digest: cell.state.proposal?.digest ?? '', target: 0.95 });
    expect(cell.state.standing.kind).toBe('up');
  });

  it('that was refused is proposed again only after more good outcomes', () => {
    const cell = new Cell().counts(60, 'good');
    cell.review();
    cell.tell({ kind: 'refuse', digest: cell.state.proposal?.digest ?? '' });
    expect(cell.review()).toEqual([]);
    cell.count('good');
    expect(cell.review()).toEqual(['StepUpProposed']);
  });
});

describe('a step down', () => {
  it('is taken at once when the failure rate is shown above its limit', () => {
    const cell = Cell.up().counts(4, 'bad', { automatic: true });
    expect(cell.review()).toEqual([]);
    cell.count('bad', { automatic: true });
    expect(cell.review()).toEqual(['SteppedDown']);
    expect(cell.state.standing).toMatchObject({ kind: 'down', cause: 'failures' });
    expect(cell.review()).toEqual([]);
  });

  it('is not taken for failures of approved actions', () =>
    expect(Cell.up().counts(20, 'bad').review()).toEqual([]));

  it('is taken from a configured AUTO_EXECUTE too', () =>
    expect(new Cell().counts(5, 'bad', { automatic: true }).review('AUTO_EXECUTE')).toEqual(['SteppedDown']));

  it('is taken after one harmful outcome, whatever the record, and not after one bad one', () => {
    const cell = Cell.up();
    const id = cell.count('good', { automatic: true });
    expect(cell.judge(id, 'bad')).toEqual(['OutcomeJudged']);
    expect(cell.review()).toEqual([]);
    expect(cell.judge(id, 'harmful')).toEqual(['OutcomeJudged']);
    expect(cell.review()).toEqual(['SteppedDown']);
    expect(cell.state.standing).toMatchObject({ kind: 'down', cause: 'harmful' });
  });

  it('is taken by a person, and lifted by one', () => {
    const cell = Cell.up();
    cell.tell({ kind: 'step_down', target: 0.95, day: today, reason: 'sealed' });
    expect(cell.state.standing).toMatchObject({ kind: 'down', cause: 'person' });
    cell.tell({ kind: 'lift' });
    expect(cell.state.standing).toEqual({ kind: 'configured' });
    expect(cell.tell({ kind: 'lift' })).toEqual([]);
  });
});

describe('an outcome', () => {
  it('is counted once', () => {
    const cell = new Cell();
    const id = cell.count('good');
    const again = cell.tell({
      kind: 'count',
      action_id: id,
      outcome: 'COMPLETED',
      counted: 'good',
      automatic: false,
      asked: null,
      affected_entity_count: 3,
      day: today,
    });
    expect(again).toEqual([]);
  });

  it("that counted as good counts as bad after a person's judgement, and stays bad", () => {
    const cell = new Cell();
    const id = cell.count('good', { automatic: true });
    cell.judge(id, 'bad');
    expect(cell.state).toMatchObject({ days: [{ good: 0, bad: 1 }], automatic: { good: 0, bad: 1 } });
    expect(cell.judge(id, 'good')).toEqual([]);
  });

  it('that only the handler observed counts after a person judges it good', () => {
    const cell = new Cell();
    cell.judge(cell.count('neutral'), 'good');
    expect(cell.state.days).toMatchObject([{ good: 1, bad: 0 }]);
  });
});

describe('a mode that is set by hand', () => {
  it('ends the present step, with its reason, and begins a new record', () => {
    const cell = new Cell().counts(5, 'bad', { automatic: true });
    cell.review('AUTO_EXECUTE');
    expect(cell.tell({ kind: 'override', mode: 'AUTO_EXECUTE', reason: 'mended' })).toEqual([
      { type: 'StepOverridden', data: { standing: 'down', mode: 'AUTO_EXECUTE', reason: 'mended' } },
    ]);
    expect(cell.state).toMatchObject({ standing: { kind: 'configured' }, automatic: { good: 0, bad: 0 } });
    // The record goes on, and later bad outcomes cause the next step down.
    expect(cell.counts(5, 'bad', { automatic: true }).review('AUTO_EXECUTE')).toEqual(['SteppedDown']);
  });

  it('writes nothing without a present step', () =>
    expect(new Cell().tell({ kind: 'override', mode: 'DISABLED' })).toEqual([]));
});

describe('a step in the mode', () => {
  const at = '2026-11-20T10:00:00.000Z';
  const up = { kind: 'up', up_to: 3, since: at, by: 'ann' } as const;
  const down = { kind: 'down', cause: 'failures', since: at } as const;
  const mode = (...given: Parameters<typeof earnedStep>): string => afterStep(given[0], earnedStep(...given));

  it("goes up from APPROVAL_REQUIRED up to the record's blast radius", () => {
    expect(mode('APPROVAL_REQUIRED', up, 3)).toBe('AUTO_EXECUTE');
    expect(mode('APPROVAL_REQUIRED', up, 4)).toBe('APPROVAL_REQUIRED');
    expect(mode('APPROVAL_REQUIRED', up, null)).toBe('APPROVAL_REQUIRED');
  });

  it('never changes DISABLED and PROPOSE_ONLY', () => {
    for (const configured of ['DISABLED', 'PROPOSE_ONLY'] as const)
      for (const standing of [up, down]) expect(mode(configured, standing, 1)).toBe(configured);
  });

  it('goes down from AUTO_EXECUTE', () => {
    expect(mode('AUTO_EXECUTE', down, 1)).toBe('APPROVAL_REQUIRED');
    expect(mode('AUTO_EXECUTE', up, 99)).toBe('AUTO_EXECUTE');
  });
});

describe('the decisions about a record', () => {
  it('are replayed from their events', () => {
    const cell = new Cell().counts(60, 'good');
    cell.review();
    cell.tell({ kind: 'refuse', digest: cell.state.proposal?.digest ?? '' });
    cell.count('neutral');
    cell.judge('a-61', 'good');
    cell.review();
    cell.counts(100, 'good').review('APPROVAL_REQUIRED', 0.98);
    cell.tell({ kind: 'sign', digest: cell.state.proposal?.digest ?? '', target: 0.98 });
    cell.judge('a-1', 'harmful');
    cell.review();
    cell.tell({ kind: 'lift', reason: 'sealed' });
    cell.counts(5, 'bad', { automatic: true }).review('AUTO_EXECUTE');
    cell.tell({ kind: 'lift' });
    cell.tell({ kind: 'step_down', target: 0.95, day: today });
    cell.tell({ kind: 'override', mode: 'AUTO_EXECUTE', reason: 'sealed' });
    expect(new Set(cell.events.map(({ type }) => type))).toEqual(new Set(earnedDecider.types));
  });
});
