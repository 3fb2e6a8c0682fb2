import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import {
  defaults,
  type ActionStateName,
  type AutoApproveAnswer,
  type PolicyDecision,
  type TxState,
} from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import {
  gateNames,
  nextEffect,
  type ActionCommand,
  type ActionEvent,
  type RecordedGate,
} from '../src/index.js';
import { Life } from './life.js';
import { evaluation, looks, now, observation, plan, tx, type Scene } from './looks.js';

type Case<I = Record<string, unknown>> = {
  readonly id: string;
  readonly input: I;
  readonly expect: Record<string, unknown> | null;
  readonly settled?: Record<string, unknown>;
};
type Suite = {
  readonly stages: readonly string[];
  readonly states: readonly ActionStateName[];
  readonly transitions: readonly (readonly [ActionStateName, ActionStateName])[];
  readonly defaults: Record<string, number>;
  readonly cases: readonly Case[];
};
const suite = <T>(name: string): T =>
  JSON.parse(
    readFileSync(new URL(`../../../fixtures/acceptance/${name}.json`, import.meta.url), 'utf8'),
  ) as T;
const rails = suite<Suite>('safety_rails');
const wanted = (one: Case): Record<string, unknown> => one.expect ?? one.settled ?? {};
const cases = (...prefixes: readonly string[]): readonly Case[] => {
  const found = rails.cases.filter(({ id }) => prefixes.some((prefix) => id.startsWith(prefix)));
  if (found.length < prefixes.length) throw new Error(`a case of ${prefixes.join(', ')} is missing`);
  return found;
};

type Input = {
  readonly policy: PolicyDecision;
  readonly affected_entity_count: number;
  readonly max_affected_entities: number;
  readonly prediction_confidence: number;
  readonly confidence_threshold: number;
  readonly override: 'stop' | null;
  readonly device: 'ok' | 'error';
  readonly validation: 'ok' | 'outside prediction';
  readonly kill_switch: boolean;
};
const sceneOf = (input: Input): Scene => ({
  engaged: input.kill_switch,
  intent: { affected_entity_count: input.affected_entity_count },
  estimate: { affected_entity_count: input.affected_entity_count },
  prediction: { confidence: input.prediction_confidence },
  evaluation: {
    decision: input.policy,
    reasons: [{ code: 'rule', detail: 'as the case says' }],
    limits: {
      ...evaluation().limits,
      max_affected_entities: input.max_affected_entities,
      min_confidence: input.confidence_threshold,
    },
  },
});

/**
 * The stages of the cases, by the rails' events. The action has passed the approval step once it
 * requests its reservation.
 */
const stageOf: { readonly [type: string]: string } = {
  ConfirmationWindowOpened: 'confirmation_window',
  ApprovalRequested: 'confirmation_window',
  ReservationRequested: 'confirmation_window',
  ExecutionStarted: 'execution',
  OutcomeValidated: 'validation',
  UndoRequested: 'rollback',
};
const stageOfGate: { readonly [gate: string]: string } = {
  policy: 'policy_gate',
  blast_radius: 'blast_radius',
  confidence: 'confidence',
};
const stagesOf = (life: Life): readonly string[] => [
  ...new Set(
    life.events.flatMap((event) =>
      event.type === 'GatesJudged' && event.data.occasion === 'first'
        ? event.data.gates.flatMap(({ gate }) => stageOfGate[gate] ?? [])
        : (stageOf[event.type] ?? []),
    ),
  ),
];
const executed = (life: Life): boolean => life.types.includes('ExecutionStarted');
const judged = (events: readonly ActionEvent[]): readonly RecordedGate[] =>
  events.flatMap(({ type, data }) => (type === 'GatesJudged' && data.occasion === 'first' ? data.gates : []));
const stoppedAt = (life: Life): string | undefined => {
  const record = judged(life.events).find(({ verdict }) => verdict !== 'pass');
  return record?.gate === 'policy' ? 'policy_gate' : record?.gate;
};

/** Does what the orchestrator does next until the action waits for a person or has ended. */
const live = (input: Input): Life => {
  const scene = sceneOf(input);
  const life = new Life().accept(scene);
  const answers: { readonly [kind: string]: () => void } = {
    walk: () => life.walk(scene),
    consume: () => life.consume(),
    plan: () => life.plan(),
    reserve: () => life.reserve().turn(),
    last_look: () => life.lastLook(scene),
    apply: () =>
      transaction(life, input.device === 'error' ? 'FAILED' : 'OBSERVED', input.validation === 'ok' ? -5 : 5),
    confirm: () => transaction(life, 'CONFIRMED'),
    undo: () => transaction(life, 'ROLLED_BACK'),
    give_back: () => life.tell({ kind: 'record_give_back', given_back: true, now }),
    release: () => life.tell({ kind: 'record_release', now }),
  };
  for (
    let effect = nextEffect(life.state, now);
    answers[effect.kind] !== undefined;
    effect = nextEffect(life.state, now)
  ) {
    const before = life.types.length;
    answers[effect.kind]!();
    if (life.types.length === before) throw new Error(`\`${effect.kind}\` leads nowhere`);
  }
  if (input.override === 'stop') life.tell({ kind: 'reject', by: 'person:ann', comment: 'stop', now });
  return life;
};
const transaction = (life: Life, state: TxState, drop = -5): void => {
  life.tell({
    kind: 'record_transaction',
    status: tx(state, state === 'OBSERVED' ? { observation: observation(drop) } : {}),
    now,
  });
};

describe('acceptance: the safety rails', () => {
  it.each(
    cases(
      'rails.happy',
      'rails.deny',
      'rails.blast.',
      'rails.confidence.',
      'rails.window.override',
      'rails.order.',
      'rails.device.',
      'rails.validation.',
    ),
  )('$id', (one) => {
    const life = live(one.input as Input);
    const { state, stages, executed: runs, stopped_at, later_stages_run, compensating_action } = wanted(one);
    if (state !== undefined) expect(life.state.status).toBe(state);
    if (stages !== undefined) expect(stagesOf(life)).toEqual(stages);
    if (runs !== undefined) expect(executed(life)).toBe(runs);
    if (stopped_at !== undefined) {
      expect(stoppedAt(life)).toBe(stopped_at);
      expect(executed(life)).toBe(false);
    }
    if (later_stages_run !== undefined)
      expect(stagesOf(life).slice(stagesOf(life).indexOf(String(stopped_at)) + 1)).toEqual(later_stages_run);
    if (compensating_action !== undefined)
      expect(life.types.includes('ActionRolledBack')).toBe(compensating_action);
  });

  it.each(cases('rails.every_decision_audited'))('$id', (one) => {
    const { evaluation_record: members } = wanted(one) as { evaluation_record: readonly string[] };
    const life = live(one.input as Input);
    const policy = judged(life.events).find(({ gate }) => gate === 'policy') as unknown as {
      saw: { evaluation: Record<string, unknown> };
    };
    for (const member of members) expect(policy.saw.evaluation).toHaveProperty(member);
    expect(life.types[0]).toBe('IntentAccepted');
    expect(life.types).toContain('ActionCompleted');
  });

  it.each(cases('rails.window.high_blast_radius'))('$id', (one) => {
    const input = one.input as Input;
    expect(live(input).types.includes('ConfirmationWindowOpened')).toBe(wanted(one)['window']);
    const scene: Scene = {
      intent: { affected_entity_count: 10 },
      evaluation: { limits: { ...evaluation().limits, confirm_above_entities: 9, window_policy: 'p' } },
    };
    expect(Life.planned(scene).state.status).toBe('AWAITING_CONFIRMATION');
  });

  it("has the seed's stages in its order, and its defaults", () => {
    const failed = live({ ...(cases('rails.validation.fails')[0]!.input as Input) });
    expect(stagesOf(failed)).toEqual(rails.stages.map((stage) => stage.replace(' (on failure)', '')));
    expect({ confirmation_window_s: defaults.confirmation_window_s, workers: defaults.workers }).toEqual(
      rails.defaults,
    );
  });
});

const kill = (rollback: boolean): ActionCommand => ({
  kind: 'stop_by_kill_switch',
  reasons: [{ code: 'kill-switch-engaged', detail: 'drill' }],
  rollback_in_flight: rollback,
  now,
});

describe('acceptance: the kill switch', () => {
  it.each(cases('rails.kill.pending'))('$id', (one) => {
    const pending = Array.from({ length: one.input['pending'] as number }, () => Life.planned().reserve());
    for (const life of pending) {
      life.tell(kill(false));
      life.lastLook();
      expect(life.state.status).toBe('CANCELLED');
    }
    expect(pending.filter(executed)).toHaveLength(wanted(one)['executed_after'] as number);
  });

  it.each(cases('rails.kill.in_flight'))('$id', (one) => {
    const finishing = Life.executing();
    finishing.tell(kill(false));
    transaction(finishing, 'OBSERVED');
    transaction(finishing, 'CONFIRMED');
    expect(finishing.state.status).toBe('COMPLETED');
    const undone = Life.executing();
    undone.tell(kill(true));
    transaction(undone, 'ROLLED_BACK');
    expect(undone.state.status).toBe(wanted(one)['in_flight_with_rollback']);
  });
});

/** A life in each state of the cases, and every command in that state. */
const livesIn: { readonly [state: string]: () => readonly Life[] } = {
  PENDING: () => [new Life().accept(), new Life().accept().walk(), Life.planned(), Life.planned().reserve()],
  ROLLED_BACK: () => [live({ ...(cases('rails.device.fails')[0]!.input as Input) })],
};
const by = 'person:ann';
const txStates: readonly TxState[] = [
  'PREPARING',
  'TENTATIVE',
  'OBSERVED',
  'CONFIRMED',
  'REFUSED',
  'FAILED',
  'ROLLED_BACK',
  'ROLLBACK_FAILED',
];
const everyCommand = (): readonly ActionCommand[] => [
  { kind: 'record_looks', gates: looks(), consume: { day: '2026-11-20', time_zone: 'UTC' }, now },
  { kind: 'record_plan', plan: plan(), now },
  { kind: 'record_reevaluation', gates: looks(), now },
  { kind: 'confirm', by, digest: null, now },
  { kind: 'approve', by, digest: null, now },
  { kind: 'reject', by, comment: null, now },
  { kind: 'cancel', by, comment: null, now },
  { kind: 'tick', now },
  { kind: 'record_reservation', granted: { fencing: '1', expires_at: now }, held_by: [], now },
  {
    kind: 'record_last_look',
    gates: looks(),
    plan: plan(),
    soak_s: 1,
    confirm_timeout_s: 91,
    now,
  },
  { kind: 'record_refusal', reasons: [], now },
  kill(true),
  ...txStates.map((state): ActionCommand => ({
    kind: 'record_transaction',
    status: tx(state, { observation: observation(-5) }),
    now,
  })),
];
const reached = (life: Life, command: ActionCommand): string => {
  const copy = new Life();
  copy.events = [...life.events];
  try {
    copy.tell(command);
  } catch (error) {
    if (!isProblem(error)) throw error;
  }
  return copy.state.status;
};

describe('acceptance: states', () => {
  it.each(cases('rails.transition.'))('$id', (one) => {
    const { from, to } = one.input as { from: string; to: string };
    const next = livesIn[from]!().flatMap((life) => everyCommand().map((command) => reached(life, command)));
    expect(next.includes(to)).toBe(wanted(one)['allowed']);
  });

  it('from each to the next as the seed has them, with the states between', () => {
    const happy = live({ ...(cases('rails.happy')[0]!.input as Input) });
    const failed = live({ ...(cases('rails.validation.fails')[0]!.input as Input) });
    const walked = (life: Life): readonly string[] => {
      const seen = life.events.map((_, i) => {
        const part = new Life();
        part.events = life.events.slice(0, i + 1);
        return part.state.status;
      });
      return [...new Set(seen)];
    };
    expect(walked(happy)).toEqual(['PENDING', 'EXECUTING', 'VALIDATING', 'COMPLETED']);
    expect(walked(failed)).toEqual(['PENDING', 'EXECUTING', 'VALIDATING', 'ROLLING_BACK', 'ROLLED_BACK']);
    for (const [from, to] of rails.transitions) {
      expect(
        [walked(happy), walked(failed)].some(
          (path) => path.includes(from) && path.indexOf(to) > path.indexOf(from),
        ),
      ).toBe(true);
    }
    expect(new Set([...walked(happy), ...walked(failed)])).toEqual(
      new Set([...rails.states, 'VALIDATING', 'ROLLING_BACK']),
    );
  });
});

describe('acceptance: the place of policy and budget', () => {
  it.each(suite<{ cases: readonly Case[] }>('execution_flow').cases)('$id', (one) => {
    const scene: Scene = { auto: one.input['decision'] as AutoApproveAnswer['decision'] };
    const life = new Life().accept(scene).walk(scene);
    expect(life.types.includes('GatesJudged and consume')).toBe(wanted(one)['budget_called']);
    if (life.types.includes('GatesJudged and consume')) life.consume(one.input['check_and_consume'] === true);
    life.plan().reserve().turn().lastLook(scene);
    const route =
      life.state.status === 'BLOCKED'
        ? 'blocked'
        : life.state.status === 'AWAITING_APPROVAL'
          ? 'human_approval'
          : 'execute';
    expect({ route, executed: executed(life) }).toEqual({
      route: wanted(one)['route'],
      executed: wanted(one)['route'] === 'execute',
    });
    const record = life.state.gates.auto_approval as unknown as { saw: { answer: object } };
    for (const member of (wanted(one)['stored'] ?? []) as readonly string[])
      expect(record.saw.answer).toHaveProperty(member);
  });

  it("looks at mode, auto-approval and budget in the seed's order", () => {
    const places = (['autonomy_mode', 'auto_approval', 'budget'] as const).map((gate) =>
      gateNames.indexOf(gate),
    );
    expect(places).toEqual([...places].sort((a, b) => a - b));
  });
});
