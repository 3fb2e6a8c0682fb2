import { fold, recalledDecision, sameJson } from '@interlock/kernel';
import {
  actionDecider,
  type ActionCommand,
  type ActionEvent,
  type ActionState,
  type IntentAcceptedData,
} from '../src/index.js';
import { acceptedData, later, looks, now, observation, plan, tx, type Scene } from './looks.js';
import type { ConsumeAnswer, PlanAnswer } from '@interlock/contracts';

export const consumed = (yes = true): ConsumeAnswer => ({
  consumed: yes,
  reason: yes ? null : 'BUDGET_EXHAUSTED',
  explanation: yes ? 'taken' : 'used up',
  day: '2026-11-20',
  limit: 10,
  count: yes ? 1 : 10,
  type_limit: null,
  type_count: 1,
  revision: '0',
});

/** What taking the change of `plan()` back would change. */
export const undoPlan = (over: Partial<PlanAnswer> = {}): PlanAnswer =>
  plan({
    plan_hash: 'undo',
    diff: [{ path: '/a', before: '2', after: '1' }],
    diff_hash: 'undo-dh',
    leaves_fingerprint: 'undo-lf',
    reversible: false,
    ...over,
  });

/**
 * An event's type, with the occasion of gates that were judged, and by whom an action was denied.
 */
const nameOf = ({ type, data }: ActionEvent): string => {
  if (type === 'ActionDenied') return `${type} by ${data.verdict === 'error' ? 'an error' : data.gate}`;
  if (type !== 'GatesJudged') return type;
  if (data.occasion !== 'first') return `${type} ${data.occasion}`;
  return data.consume === undefined ? type : `${type} and consume`;
};

/** An action on its way: commands one after the other, each at a time. */
export class Life {
  events: ActionEvent[] = [];

  constructor(public at: string = now) {}

  get state(): ActionState {
    return fold(actionDecider, this.events, { occurred_at: this.at });
  }

  /** What was written: the types of the events, with the occasion of gates and who denied. */
  get types(): readonly string[] {
    return this.events.map(nameOf);
  }

  /** What it writes is also what the log makes of it again. */
  tell(command: ActionCommand): readonly ActionEvent[] {
    const before = this.state;
    const written = actionDecider.decide(command, before);
    if (written.length > 0 && !sameJson(recalledDecision(actionDecider, command, before), written))
      throw new Error(`what \`${command.kind}\` writes is not what the log makes of it again`);
    this.events = [...this.events, ...written];
    return written;
  }

  accept(scene: Scene = {}, over: Partial<IntentAcceptedData> = {}): this {
    this.tell({ kind: 'accept', ...{ ...acceptedData(scene.intent), ...over }, now: this.at });
    return this;
  }

  walk(scene: Scene = {}): this {
    this.tell({
      kind: 'record_looks',
      gates: looks(scene),
      consume: { day: '2026-11-20', time_zone: 'UTC' },
      now: this.at,
    });
    return this;
  }

  consume(yes = true): this {
    this.tell({
      kind: 'record_consume',
      gates: [{ gate: 'budget', saw: { answer: consumed(yes) } }],
      now: this.at,
    });
    return this;
  }

  plan(of: PlanAnswer | null = plan()): this {
    this.tell({ kind: 'record_plan', plan: of, now: this.at });
    return this;
  }

  /** A yes by a person who has read what is asked. */
  approve(by = 'person:p1'): this {
    this.tell({ kind: 'approve', by, digest: this.state.approval?.digest ?? null, now: this.at });
    return this;
  }

  /** A yes by a person who has read what the window is about. */
  confirm(by = 'person:p1'): this {
    this.tell({ kind: 'confirm', by, digest: this.state.window?.digest ?? null, now: this.at });
    return this;
  }

  reserve(): this {
    this.tell({
      kind: 'record_reservation',
      granted: { fencing: '7', expires_at: later(6 * 3600) },
      held_by: [],
      now: this.at,
    });
    return this;
  }

  /** The executor holds the turn that is asked for. */
  turn(): this {
    const { number } = this.state.turn ?? { number: 0 };
    this.tell({ kind: 'record_turn', status: tx('READY', { turn: number }), now: this.at });
    return this;
  }

  /** The turn was lost, and nothing was sent under it. */
  lapse(): this {
    const status = tx('STALE', {
      turn: this.state.turn?.number ?? 0,
      reasons: [{ code: 'turn-too-old', detail: 'more than 5 s lay between the turn and the first change' }],
    });
    this.tell(
      this.state.status === 'PENDING'
        ? { kind: 'record_turn', status, now: this.at }
        : { kind: 'record_transaction', status, now: this.at },
    );
    return this;
  }

  lastLook(scene: Scene = {}, of: PlanAnswer | null = plan()): this {
    this.tell({
      kind: 'record_last_look',
      gates: looks(scene),
      plan: of,
      soak_s: 5,
      confirm_timeout_s: 95,
      now: this.at,
    });
    return this;
  }

  /** The confirmed change: over, with its lease given back. */
  static completed(scene: Scene = {}): Life {
    const life = Life.executing(scene);
    const good = { observation: observation(-5) };
    for (const status of [tx('TENTATIVE'), tx('OBSERVED', good), tx('CONFIRMED', good)])
      life.tell({ kind: 'record_transaction', status, now: life.at });
    life.tell({ kind: 'record_release', now: life.at });
    return life;
  }

  /** A completed action of a type that differs in these members. */
  static completedOf(type: object, parameters: object = {}): Life {
    const life = Life.completed();
    const [first, ...rest] = life.events;
    if (first?.type !== 'IntentAccepted') throw new Error('a life begins with its intent');
    const { action_type, intent } = first.data;
    const data = {
      ...first.data,
      action_type: { ...action_type, ...type },
      intent: { ...intent, parameters: { ...intent.parameters, ...parameters } },
    };
    life.events = [{ ...first, data }, ...rest];
    return life;
  }

  /** A completed action whose change stays for a minute only. */
  static temporary(): Life {
    return Life.completedOf({ duration_parameter: 'for_s' }, { for_s: 60 });
  }

  /** The time of its change is over. */
  over(at = later(60), of: PlanAnswer = undoPlan()): this {
    this.tell({ kind: 'end_temporary', by: 'service:safety-rails', plan: of, now: at });
    return this;
  }

  /** What a rollback would change back is shown, and a person says yes to it. */
  askedBack(by = 'person:p1'): this {
    this.tell({ kind: 'prepare_rollback', by, plan: undoPlan(), now: this.at });
    this.tell({
      kind: 'approve_rollback',
      by,
      digest: this.state.rollback?.digest ?? null,
      now: this.at,
    });
    return this;
  }

  lookBack(look: 'first' | 'last', scene: Scene = {}, of: PlanAnswer | null = undoPlan()): this {
    this.tell({
      kind: 'record_rollback_look',
      look,
      gates: looks(scene).filter(({ gate }) => gate === 'kill_switch' || gate === 'blast_radius'),
      plan: look === 'last' ? of : null,
      now: this.at,
    });
    return this;
  }

  /** The handler was asked to take a completed action back. */
  static takingBack(): Life {
    return Life.completed().askedBack().lookBack('first').reserve().lookBack('last');
  }

  /** Accepted, through the gates, planned. */
  static planned(scene: Scene = {}): Life {
    return new Life().accept(scene).walk(scene).consume().plan();
  }

  static executing(scene: Scene = {}): Life {
    return Life.planned(scene).reserve().turn().lastLook(scene);
  }
}
