import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { endStates, txStates } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import {
  actionDecider,
  isRollbackPending,
  isTakingBack,
  nextEffect,
  type ActionCommand,
  type ActionEvent,
  lookedAtGates,
} from '../src/index.js';
import { consumed, Life, undoPlan } from './life.js';
import { acceptedData, later, looks, observation, plan, tx, type Scene } from './looks.js';

/** The long form: `npm run test:chaos`. */
const isLong = process.env['INTERLOCK_LONG_TESTS'] === 'true';

const scene: fc.Arbitrary<Scene> = fc.record({
  engaged: fc.constantFrom(false, false, false, true),
  posture: fc.constantFrom('GREEN', 'GREEN', 'GREEN', 'YELLOW', 'RED'),
  mode: fc.constantFrom('AUTO_EXECUTE', 'AUTO_EXECUTE', 'APPROVAL_REQUIRED', 'DISABLED'),
  evaluation: fc.constantFrom(
    {},
    {},
    { decision: 'CONFIRM' as const },
    { decision: 'NEEDS_APPROVAL' as const, approvals_required: 2 as const },
    { decision: 'DENY' as const },
  ),
  auto: fc.constantFrom('AUTO_EXECUTE', 'AUTO_EXECUTE', 'REQUIRE_APPROVAL', 'BLOCK'),
});
const at = fc.integer({ min: 0, max: 4000 }).map(later);
const person = fc.constantFrom('person:p1', 'person:p2', 'person:claimed', 'service:nats.demo');
const own = 'service:safety-rails';
const changed = [{ code: 'leaves-changed', detail: 'it is `3`' }];
const common = { consume: { day: '2026-11-20', time_zone: 'UTC' } } as const;

const command: fc.Arbitrary<ActionCommand> = fc.oneof(
  {
    weight: 4,
    arbitrary: fc
      .record({ s: scene, now: at, n: fc.integer({ min: 0, max: lookedAtGates.length }) })
      .map(({ s, now, n }): ActionCommand => ({
        kind: 'record_looks',
        gates: looks(s).slice(0, n < 2 ? n : undefined),
        ...common,
        now,
      })),
  },
  {
    weight: 3,
    arbitrary: fc.record({ yes: fc.boolean(), now: at }).map(({ yes, now }): ActionCommand => ({
      kind: 'record_consume',
      gates: [{ gate: 'budget', saw: { answer: consumed(yes) } }],
      now,
    })),
  },
  { weight: 3, arbitrary: at.map((now): ActionCommand => ({ kind: 'record_plan', plan: plan(), now })) },
  {
    weight: 2,
    arbitrary: fc
      .record({ s: scene, now: at })
      .map(({ s, now }): ActionCommand => ({ kind: 'record_reevaluation', gates: looks(s), now })),
  },
  {
    weight: 3,
    arbitrary: fc
      .record({ by: person, now: at })
      .map(({ by, now }): ActionCommand => ({ kind: 'approve', by, digest: null, now })),
  },
  fc
    .record({ by: person, now: at })
    .map(({ by, now }): ActionCommand => ({ kind: 'confirm', by, digest: null, now })),
  fc
    .record({ by: person, now: at })
    .map(({ by, now }): ActionCommand => ({ kind: 'cancel', by, comment: null, now })),
  fc
    .record({ by: person, now: at })
    .map(({ by, now }): ActionCommand => ({ kind: 'reject', by, comment: null, now })),
  at.map((now): ActionCommand => ({ kind: 'tick', now })),
  {
    weight: 3,
    arbitrary: fc.record({ ok: fc.boolean(), now: at }).map(({ ok, now }): ActionCommand => ({
      kind: 'record_reservation',
      granted: ok ? { fencing: '1', expires_at: later(9999) } : null,
      held_by: ['x'],
      now,
    })),
  },
  {
    weight: 3,
    arbitrary: fc.record({ s: scene, now: at }).map(({ s, now }): ActionCommand => ({
      kind: 'record_last_look',
      gates: looks(s),
      plan: plan(),
      soak_s: 1,
      confirm_timeout_s: 91,
      now,
    })),
  },
  at.map((now): ActionCommand => ({ kind: 'record_refusal', reasons: [], now })),
  at.map((now): ActionCommand => ({ kind: 'request_turn', now })),
  {
    weight: 3,
    arbitrary: fc
      .record({ state: fc.constantFrom(...txStates), turn: fc.integer({ min: 0, max: 4 }), now: at })
      .map(({ state, turn, now }): ActionCommand => ({
        kind: 'record_turn',
        status: tx(state, { turn }),
        now,
      })),
  },
  {
    weight: 4,
    arbitrary: fc
      .record({
        state: fc.constantFrom(...txStates),
        drop: fc.constantFrom(-5, 5),
        turn: fc.integer({ min: 0, max: 4 }),
        now: at,
      })
      .map(({ state, drop, turn, now }): ActionCommand => ({
        kind: 'record_transaction',
        status: tx(state, { turn, ...(state === 'OBSERVED' ? { observation: observation(drop) } : {}) }),
        now,
      })),
  },
  fc.record({ rollback: fc.boolean(), now: at }).map(({ rollback, now }): ActionCommand => ({
    kind: 'stop_by_kill_switch',
    reasons: [],
    rollback_in_flight: rollback,
    now,
  })),
  at.map((now): ActionCommand => ({ kind: 'record_notified', channel_id: 'ops', now })),
  at.map((now): ActionCommand => ({ kind: 'ask_unnotified', now })),
  at.map((now): ActionCommand => ({ kind: 'record_give_back', given_back: true, now })),
  at.map((now): ActionCommand => ({ kind: 'record_release', now })),
);

type Move = {
  readonly s: Scene;
  readonly good: boolean;
  readonly by: string;
  readonly stray: ActionCommand | null;
};
const move: fc.Arbitrary<Move> = fc.record({
  s: fc.oneof({ weight: 4, arbitrary: fc.constant({}) }, { weight: 1, arbitrary: scene }),
  good: fc.boolean(),
  by: person,
  stray: fc.oneof({ weight: 5, arbitrary: fc.constant(null) }, { weight: 1, arbitrary: command }),
});

/**
 * What the orchestrator, the device or a person would say next; now and then something stray
 * instead.
 */
const fitting = (life: Life, { s, good, by }: Move): ActionCommand => {
  const now = later(life.types.length);
  const effect = nextEffect(life.state, now);
  switch (effect.kind) {
    case 'walk':
      return { kind: 'record_looks', gates: looks(s), ...common, now };
    case 'consume':
      return { kind: 'record_consume', gates: [{ gate: 'budget', saw: { answer: consumed(good) } }], now };
    case 'plan':
      return { kind: 'record_plan', plan: plan(), now, ...(good ? {} : { notify_within_s: 5 }) };
    case 'await_notification':
      return good
        ? { kind: 'record_notified', channel_id: 'ops', now }
        : { kind: 'ask_unnotified', now: life.state.window!.due_at };
    case 'request_approval':
      return { kind: 'ask_unnotified', now };
    case 'reevaluate':
      return { kind: 'record_reevaluation', gates: looks(s), now };
    case 'reserve':
      return {
        kind: 'record_reservation',
        granted: { fencing: '1', expires_at: later(9999) },
        held_by: [],
        now,
      };
    case 'last_look':
      return {
        kind: 'record_last_look',
        gates: looks(s),
        plan: plan(),
        soak_s: 1,
        confirm_timeout_s: 91,
        now,
      };
    case 'request_turn':
      return { kind: 'request_turn', now };
    case 'take_turn':
      return {
        kind: 'record_turn',
        status: tx(good || s.engaged === true ? 'READY' : 'STALE', { turn: life.state.turn!.number }),
        now,
      };
    case 'apply':
      return !good && s.engaged === true
        ? { kind: 'record_transaction', status: tx('STALE', { turn: life.state.execution!.turn! }), now }
        : {
            kind: 'record_transaction',
            status: tx('OBSERVED', { observation: observation(good ? -5 : 5) }),
            now,
          };
    case 'confirm':
      return { kind: 'record_transaction', status: tx(good ? 'CONFIRMED' : 'ROLLED_BACK'), now };
    case 'undo':
      return { kind: 'record_transaction', status: tx(good ? 'ROLLED_BACK' : 'ROLLBACK_FAILED'), now };
    case 'look_back':
      return {
        kind: 'record_rollback_look',
        look: effect.look,
        gates: looks(s).filter(({ gate }) => gate === 'kill_switch' || gate === 'blast_radius'),
        plan: effect.look === 'last' ? undoPlan(good ? {} : { diff_hash: 'other' }) : null,
        now,
      };
    case 'take_back':
      return {
        kind: 'record_rollback',
        status: tx(good ? 'ROLLED_BACK' : 'CONFIRMED', {
          undo_refused: life.state.rollback?.request_id ?? '',
        }),
        now,
      };
    case 'give_back':
      return { kind: 'record_give_back', given_back: true, now };
    case 'release':
      return { kind: 'record_release', now };
    case 'end_temporary':
      return { kind: 'end_temporary', by: own, plan: undoPlan(good ? {} : { violations: changed }), now };
    case 'wait':
      if (life.state.status === 'COMPLETED')
        return { kind: 'end_temporary', by: own, plan: undoPlan(), now: effect.until ?? now };
      return life.state.status === 'AWAITING_CONFIRMATION'
        ? good
          ? { kind: 'confirm', by, digest: life.state.window!.digest, now }
          : { kind: 'record_reevaluation', gates: looks(s), now: life.state.window!.due_at }
        : { kind: 'approve', by, digest: life.state.approval?.digest ?? null, now };
    case 'none':
      return life.state.status !== 'COMPLETED' || life.state.accepted.intent.dry_run === true
        ? { kind: 'tick', now }
        : life.state.rollback?.status === 'prepared'
          ? { kind: 'approve_rollback', by, digest: life.state.rollback.digest, now }
          : { kind: 'prepare_rollback', by, plan: undoPlan(), now };
    case 'expire':
    case 'escalate':
      return { kind: 'tick', now };
  }
};

const count = (events: readonly ActionEvent[], ...types: readonly ActionEvent['type'][]): number =>
  events.filter((e) => types.includes(e.type)).length;
const run = (moves: readonly Move[], isTemporary = false): Life => {
  const type = acceptedData().action_type;
  const life = isTemporary
    ? new Life().accept(
        { intent: { parameters: { for_s: 60 } } },
        { action_type: { ...type, duration_parameter: 'for_s' } },
      )
    : new Life().accept();
  for (const one of moves) {
    try {
      life.tell(one.stray ?? fitting(life, one));
    } catch (error) {
      if (!isProblem(error)) throw error;
    }
  }
  return life;
};

const isLastLook = (event: ActionEvent): boolean =>
  event.type === 'GatesJudged' && event.data.occasion === 'last';

/**
 * Rules 1 and 3 of docs/safety-case.md, and further invariants of every stream, for any order of
 * events.
 */
const holds = (life: Life): void => {
  const { events, state } = life;
  const started = events.findLastIndex((e) => e.type === 'ExecutionStarted');
  // Started again only after the executor said that it had sent nothing, and three times at most.
  expect(count(events, 'ExecutionStarted')).toBeLessThanOrEqual(Math.min(3, 1 + count(events, 'TurnLapsed')));
  for (const [i, e] of events.entries()) {
    if (e.type !== 'ExecutionStarted') continue;
    const since = events.slice(
      events.slice(0, i).findLastIndex((one) => one.type === 'ExecutionStarted') + 1,
      i,
    );
    const taken = since.findLastIndex((one) => one.type === 'TurnTaken');
    expect(since.findLastIndex((one) => one.type === 'TurnRequested')).toBeLessThan(taken);
    expect(taken).toBeLessThan(since.findLastIndex(isLastLook));
    expect(e.data.turn).toBe((since[taken] as Extract<ActionEvent, { type: 'TurnTaken' }>).data.turn);
  }
  expect(count(events, 'TurnLapsed')).toBeLessThanOrEqual(3);
  if (started >= 0) {
    const before = events.slice(0, started);
    const look = before.findLast(isLastLook);
    if (look?.type !== 'GatesJudged') throw new Error('started without a last look');
    expect(look.data.gates.map((g) => g.verdict)).not.toContain('fail');
    expect(look.data.gates.map((g) => g.verdict)).not.toContain('error');
    const asked =
      look.data.gates.some((g) => g.hold === 'approval') || count(before, 'ApprovalRequested') > 0;
    const yes = before.filter((e) => e.type === 'ActionApproved');
    if (asked) {
      const needed = before.findLast((e) => e.type === 'ApprovalRequested');
      if (needed?.type !== 'ApprovalRequested') throw new Error('started although a person was to be asked');
      const since = before.slice(before.indexOf(needed)).filter((e) => e.type === 'ActionApproved');
      expect(
        new Set(since.map((e) => (e.type === 'ActionApproved' ? e.data.by : ''))).size,
      ).toBeGreaterThanOrEqual(needed.data.approvals_required);
      for (const e of yes)
        if (e.type === 'ActionApproved') expect(['person:p1', 'person:p2']).toContain(e.data.by);
    }
    if (!asked && look.data.gates.some((g) => g.hold === 'window'))
      expect(count(before, 'ConfirmationWindowElapsed', 'ActionConfirmed')).toBeGreaterThan(0);
  }
  expect(count(events, 'ConfirmRequested') + count(events, 'UndoRequested')).toBeLessThanOrEqual(1);
  expect(count(events, 'BudgetGiveBackRequested')).toBeLessThanOrEqual(1);
  if (state.status !== 'NONE' && endStates.includes(state.status) && started < 0)
    expect(['consumed', 'requested']).not.toContain(state.budget?.status);
  if (state.ended_at !== null && !isRollbackPending(state.rollback) && !isTakingBack(state))
    expect(['none', 'give_back', 'release', 'wait', 'end_temporary']).toContain(
      nextEffect(state, later(0)).kind,
    );
  for (const [i, e] of events.entries()) {
    if (e.type !== 'RollbackStarted') continue;
    const before = events.slice(0, i);
    const yes = before.findLast(({ type }) => type === 'RollbackApproved');
    const look = before.at(-1);
    if (yes?.type !== 'RollbackApproved' || look?.type !== 'RollbackJudged')
      throw new Error('a rollback began without a yes, or without its last look');
    if (yes.data.temporary === true) expect(state.accepted?.action_type.duration_parameter).toBe('for_s');
    else expect(['person:p1', 'person:p2']).toContain(yes.data.by);
    expect(yes.data.request_id).toBe(e.data.request_id);
    expect(look.data.gates.map(({ verdict }) => verdict)).toEqual(['pass', 'pass']);
    expect(count(before, 'ActionCompleted')).toBe(1);
  }
  expect(count(events, 'ActionCompleted', 'ActionRolledBack', 'ActionRollbackFailed')).toBeLessThanOrEqual(2);
};

describe('an action under any sequence of commands', () => {
  it('keeps the rules', () => {
    fc.assert(
      fc.property(fc.array(move, { minLength: 5, maxLength: 40 }), fc.boolean(), (moves, isTemporary) => {
        holds(run(moves, isTemporary));
      }),
      { numRuns: isLong ? 3000 : 1000 },
    );
  });

  it('what the orchestrator records twice is written once', () => {
    const once = new Set<ActionCommand['kind']>([
      'record_transaction',
      'record_release',
      'record_consume',
      'record_plan',
      'record_reservation',
      'request_turn',
      'record_turn',
      'record_last_look',
      'record_give_back',
      'tick',
    ]);
    fc.assert(
      fc.property(fc.array(move, { minLength: 1, maxLength: 25 }), move, (moves, last) => {
        const life = run(moves);
        const again = fitting(life, last);
        if (!once.has(again.kind)) return;
        life.tell(again);
        expect(life.tell(again)).toEqual([]);
      }),
      { numRuns: isLong ? 1000 : 300 },
    );
  });

  it('reaches execution and every end, so that the rules above are about something', () => {
    const seen = new Set<string>();
    const sample = fc.sample(fc.array(move, { minLength: 20, maxLength: 60 }), { numRuns: 1000, seed: 7 });
    for (const moves of sample) for (const { type } of run(moves).events) seen.add(type);
    for (const wanted of [
      'ExecutionStarted',
      'ApprovalRequested',
      'ConfirmationWindowOpened',
      'UndoRequested',
      'ConfirmRequested',
      'ActionExpired',
      'BudgetGiveBackRequested',
      'TurnLapsed',
      'ActionCancelledByRefusal',
    ] satisfies readonly ActionEvent['type'][]) {
      expect([...seen]).toContain(wanted);
    }
    expect(actionDecider.types).toEqual(expect.arrayContaining([...seen]));
  });
});
