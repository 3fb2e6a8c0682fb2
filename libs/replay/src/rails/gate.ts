import type { ActionIntentV1, SeenEvaluation, SeenMode } from '@interlock/contracts';
import { sameJson, type RecordedEvent } from '@interlock/kernel';
import {
  askAgain,
  beforeOf,
  judge,
  lookAgain,
  lookOf,
  sawOf,
  stops,
  summaryOf,
  type ActionState,
  type GateContext,
  type GateName,
  type GateRecord,
  type GateSight,
  type GateWitnesses,
  type RecordedGate,
  type KillSwitchSubject,
} from '@interlock/rails';
import { compared, type Finding, nameIn } from '../finding.js';
import type { StreamOf } from '../stream-replay.js';
import type { World } from '../world.js';

/**
 * Returns the action as kill switches match it, with its site if a gate or its plan recorded it.
 */
export const switchSubject = (intent: ActionIntentV1, state: ActionState): KillSwitchSubject => ({
  tenant_id: intent.tenant_id,
  action_type: intent.action_type,
  account_id: intent.account_id,
  agent: intent.agent,
  site_id: sawOf(state, 'blast_radius')?.estimate?.site_id ?? state.planned?.plan?.site_id ?? null,
});

type GatedAction = {
  readonly stream: string;
  readonly of: StreamOf;
  readonly partial: boolean;
  readonly state: ActionState;
};

/**
 * The gate whose refusal ended the recorded walk; null if none did. A refused walk keeps only
 * summaries.
 */
const refusingGate = (event: RecordedEvent): string | null => {
  const { gates } = event.data as { readonly gates?: readonly RecordedGate[] };
  const last = event.type === 'GatesJudged' && Array.isArray(gates) ? gates.at(-1) : undefined;
  return last !== undefined && stops(last) ? last.gate : null;
};

/** Calls `ask` if there is an answer; an altered log may lack it. */
const where =
  <T>(ask: (answer: T) => readonly Finding[]) =>
  (answer: T | undefined): readonly Finding[] =>
    answer === undefined ? [] : ask(answer);

/** Judges gates again from their inputs, and compares these inputs with their sources. */
export class GateReplay {
  constructor(private readonly world: World) {}

  /** `before` is the state of the action before the event that contains the judgements. */
  judged(
    records: readonly GateRecord[],
    action: GatedAction,
    by: RecordedEvent,
    before: ActionState,
  ): readonly Finding[] {
    const { partial, state } = action;
    const context =
      partial || state.accepted === null ? null : beforeOf(state.accepted, (gate) => sawOf(state, gate));
    const witnesses = this.#witnesses(action, by, before);
    return records.flatMap((record) => this.#judged(record, context, witnesses));
  }

  #judged(
    record: GateRecord,
    context: GateContext | null,
    witnesses: GateWitnesses<Finding>,
  ): readonly Finding[] {
    const { verdict, hold, reasons } = judge(lookOf(record));
    const again = compared(
      'gate',
      `gate ${nameIn(record.gate)}`,
      { verdict: record.verdict, hold: record.hold, reasons: record.reasons },
      { verdict, hold, reasons },
    );
    const look = context === null ? null : lookAgain(record, context);
    return [
      again,
      ...(look === null
        ? []
        : [compared('look', `what gate ${nameIn(record.gate)} looked at`, look.recorded, look.replayed)]),
      ...askAgain(record, witnesses),
    ];
  }

  #witnesses(
    { of: { tenant, id }, partial, state }: GatedAction,
    by: RecordedEvent,
    before: ActionState,
  ): GateWitnesses<Finding> {
    const { world } = this;
    const {
      position,
      metadata: { occurred_at: at },
    } = by;
    const refusing = refusingGate(by);
    const kept = <G extends GateName>(gate: G, saw: GateSight[G]): GateSight[G] =>
      refusing === null ? saw : summaryOf(gate, saw, refusing === gate);
    const intent = state.accepted?.intent;
    /** Set only if the file contains the whole action. */
    const whole = partial ? undefined : intent;
    return {
      posture: where((answer) => [
        world.postures.check(tenant, answer, position, (again) => kept('posture', { answer: again }).answer),
      ]),
      mode: (answer: SeenMode | undefined, reasons) => {
        if (answer === undefined) return [];
        if (intent === undefined) return [{ kind: 'mode', missing: 'the intent is not in the file' }];
        const { tenant_id, account_id, action_type, affected_entity_count } = intent;
        return [
          world.modes.check(
            { tenant_id, account_id, action_type },
            affected_entity_count,
            { answer, reasons },
            position,
          ),
        ];
      },
      // A later judgement may repeat the prediction of an earlier one, which was replayed then.
      prediction: where((answer) =>
        sameJson(sawOf(before, 'prediction')?.answer, answer)
          ? []
          : [
              world.memory.check(
                tenant,
                answer,
                position,
                state.accepted,
                (again) => kept('prediction', { answer: again }).answer,
              ),
            ],
      ),
      estimate: (estimate) => (partial ? [] : world.inventory.estimate(tenant, estimate, state, position)),
      autoApproval: (saw) => world.autoApproval.check(tenant, at, saw),
      switches: where((heads) =>
        whole === undefined
          ? []
          : world.switches.check(switchSubject(whole, state), heads, at, refusing !== null),
      ),
      evaluation: (evaluation: SeenEvaluation | undefined, reasons) =>
        whole === undefined || evaluation === undefined
          ? []
          : world.evaluations.seen(by, tenant, evaluation, reasons, state),
      consumed: (answer) =>
        whole === undefined ? [] : [world.budgets.answered(tenant, whole.account_id, id, answer)],
    };
  }
}
