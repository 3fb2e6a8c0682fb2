import { sameJson, type RecordedEvent } from '@interlock/kernel';
import type { PostureAssessment } from '@interlock/posture';
import {
  judge,
  sawOf,
  type ActionState,
  type GateName,
  type GateRecord,
  type GateSaw,
} from '@interlock/rails';
import { lookOf } from './action-commands.js';
import { compared, type Finding, nameIn } from '../finding.js';
import { lookAgain } from '../policy/looks-again.js';
import type { StreamOf } from '../stream-replay.js';
import type { World } from '../world.js';

type Of = {
  readonly stream: string;
  readonly of: StreamOf;
  readonly partial: boolean;
  readonly state: ActionState;
};

const sawIn = <G extends GateName>(record: GateRecord, gate: G): GateSaw[G] | undefined =>
  record.gate === gate && record.verdict !== 'error' ? (record.saw as GateSaw[G]) : undefined;

/** Gates: judged again from what they saw; and what they saw, from whoever said so. */
export class GateReplay {
  constructor(private readonly world: World) {}

  /** `before`: what stood before the event that holds the look. */
  judged(record: GateRecord, action: Of, by: RecordedEvent, before: ActionState): readonly Finding[] {
    const { verdict, hold, reasons } = judge(lookOf(record));
    const again = compared(
      'gate',
      `gate ${nameIn(record.gate)}`,
      { verdict: record.verdict, hold: record.hold, reasons: record.reasons },
      { verdict, hold, reasons },
    );
    const look = action.partial ? null : lookAgain(record, action.state);
    return [
      again,
      ...(look === null
        ? []
        : [compared('look', `what gate ${nameIn(record.gate)} looked at`, look.recorded, look.replayed)]),
      ...this.#answers(record, action, by, before),
    ];
  }

  #answers(
    record: GateRecord,
    { stream, of: { tenant, id }, partial, state }: Of,
    { position, metadata: { occurred_at: at } }: RecordedEvent,
    before: ActionState,
  ): readonly Finding[] {
    const intent = state.accepted?.intent;
    const posture = sawIn(record, 'posture')?.answer;
    if (posture !== undefined) return [this.world.postures.check(posture as PostureAssessment, position)];
    const mode = sawIn(record, 'autonomy_mode')?.answer;
    if (mode !== undefined) {
      if (intent === undefined) return [{ kind: 'mode', missing: 'the intent is not in the file' }];
      return [
        this.world.modes.check(
          { tenant_id: intent.tenant_id, account_id: intent.account_id, action_type: intent.action_type },
          mode,
          position,
        ),
      ];
    }
    const prediction = sawIn(record, 'prediction')?.answer;
    if (prediction !== undefined) {
      // A later look may take the answer of an earlier one: that was made again then.
      if (sameJson(sawOf(before, 'prediction')?.answer, prediction)) return [];
      return this.world.memory.check(tenant, prediction, position);
    }
    const estimate = sawIn(record, 'blast_radius');
    if (estimate !== undefined)
      return partial ? [] : this.world.inventory.estimate(tenant, estimate.estimate, state, position);
    const auto = sawIn(record, 'auto_approval');
    if (auto !== undefined) return this.world.autoApproval.check(tenant, at, auto);
    if (partial || intent === undefined) return [];
    const switches = sawIn(record, 'kill_switch')?.switches;
    if (switches !== undefined) return [this.world.switches.check(tenant, intent.action_type, switches, at)];
    const evaluation = sawIn(record, 'policy')?.evaluation;
    if (evaluation !== undefined) return this.world.evaluations.seen(stream, tenant, evaluation, state);
    const budget = sawIn(record, 'budget');
    return budget !== undefined && 'answer' in budget
      ? [this.world.budgets.answered(tenant, intent.account_id, id, budget.answer)]
      : [];
  }
}
