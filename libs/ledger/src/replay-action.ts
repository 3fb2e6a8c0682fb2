import { evaluateAutoApproval, type AutoApprovalConfig } from '@interlock/autonomy';
import { parseStream } from '@interlock/contracts';
import type { Recorded, RecordedEvent } from '@interlock/kernel';
import { recomputePosture, type PostureAssessment } from '@interlock/posture';
import { actionDecider, gateEventTypes, judge, refusalOf, validateOutcome, type ActionEvent, type ActionState, type GateName, type GateRecord, type GateSaw, type Look } from '@interlock/rails';
import { recompute } from '@interlock/twin';
import { compared, type Finding } from './finding.js';
import type { ModeReplay } from './replay-mode.js';

const gateEvents = new Set<string>(Object.values(gateEventTypes));
const ends = /^Action(?!Confirmed|Approved)|^DryRunCompleted$/;

const lookOf = (record: GateRecord): Look =>
  record.verdict === 'error' && Object.keys(record.saw).length === 0 ? { gate: record.gate, threw: record.reasons[0]?.detail ?? '' } : ({ gate: record.gate, saw: record.saw } as Look);

const sawOf = <G extends GateName>(record: GateRecord, gate: G): GateSaw[G] | undefined => (record.gate === gate && record.verdict !== 'error' ? (record.saw as GateSaw[G]) : undefined);

/** Actions: every gate judged again from what it saw, the pure answers behind it computed again, the validation too, and each refusal held against its gate. */
export class ActionReplay {
  readonly #states = new Map<string, ActionState>();
  readonly #stopped = new Map<string, GateRecord>();
  /** Streams whose beginning is not in the file: their gates stand for themselves, what follows from earlier events cannot be made again. */
  readonly #partial = new Set<string>();

  constructor(private readonly modes: ModeReplay) {}

  take(event: RecordedEvent): readonly Finding[] {
    const stream = parseStream(event.stream);
    if (stream?.category !== 'action') return [];
    const own = event as unknown as Recorded<ActionEvent>;
    if (!this.#states.has(event.stream) && event.revision > 0n) this.#partial.add(event.stream);
    const before = this.#states.get(event.stream) ?? actionDecider.initial;
    if (!actionDecider.types.includes(own.type)) return [{ kind: 'action', missing: `\`${event.type}\` is not known` }];
    const state = actionDecider.evolve(before, own);
    this.#states.set(event.stream, state);
    if (gateEvents.has(own.type)) return this.#gate(event.stream, own.data as GateRecord, state);
    if (own.type === 'GatesReevaluated' || own.type === 'LastLookTaken') return own.data.gates.flatMap((record) => this.#gate(event.stream, record, state));
    if (own.type === 'OutcomeValidated') {
      if (this.#partial.has(event.stream)) return [{ kind: 'validation', missing: 'the beginning of the action is not in the file' }];
      const prediction = before.gates.prediction === undefined ? undefined : sawOf(before.gates.prediction, 'prediction')?.answer;
      const { result, reasons } = validateOutcome(prediction, own.data.observation);
      return [compared('validation', 'validation of the outcome', { result: own.data.validation_result, reasons: own.data.reasons }, { result, reasons })];
    }
    if (own.type === 'ExecutionStarted' && !this.#partial.has(event.stream)) return [compared('execution', 'an execution starts only where its last look let it', this.#stopped.has(event.stream), false)];
    return ends.test(own.type) ? this.#end(event.stream, own) : [];
  }

  #gate(stream: string, record: GateRecord, state: ActionState): readonly Finding[] {
    const { verdict, hold, reasons } = judge(lookOf(record));
    if (verdict === 'fail' || verdict === 'error') this.#stopped.set(stream, record);
    const judged = compared('gate', `gate \`${record.gate}\``, { verdict: record.verdict, hold: record.hold, reasons: record.reasons }, { verdict, hold, reasons });
    return [judged, ...this.#answers(record, state)];
  }

  #answers(record: GateRecord, state: ActionState): readonly Finding[] {
    const posture = sawOf(record, 'posture')?.answer;
    if (posture !== undefined) {
      const again = recomputePosture(posture as PostureAssessment);
      const recorded = Object.fromEntries(Object.keys(again).map((name) => [name, (posture as unknown as { readonly [name: string]: unknown })[name]]));
      return [compared('posture', 'posture', recorded, again)];
    }
    const mode = sawOf(record, 'autonomy_mode')?.answer;
    const intent = state.accepted?.intent;
    if (mode !== undefined && intent === undefined) return [{ kind: 'mode', missing: 'the intent is not in the file' }];
    if (mode !== undefined && intent !== undefined) return [this.modes.check({ tenant_id: intent.tenant_id, account_id: intent.account_id, action_type: intent.action_type }, mode)];
    const prediction = sawOf(record, 'prediction')?.answer;
    if (prediction !== undefined) {
      const again = recompute(prediction);
      return [again === undefined ? { kind: 'prediction', missing: 'the prediction was not computed from traces' } : compared('prediction', 'prediction', prediction, again)];
    }
    const auto = sawOf(record, 'auto_approval');
    if (auto !== undefined) {
      const { decision, reason, explanation, policy_version, policy_clause } = auto.answer;
      const again = evaluateAutoApproval(auto.input, auto.answer.config as unknown as AutoApprovalConfig);
      return [compared('auto_approval', 'auto-approval', { decision, reason: reason ?? null, explanation, policy_version, policy_clause: policy_clause ?? null }, { decision: again.decision, reason: again.reason ?? null, explanation: again.explanation, policy_version: again.policy_version, policy_clause: again.policy_clause ?? null })];
    }
    return [];
  }

  /** A gate that failed ends the action with its own refusal and no other; an end by other causes is not a gate's. */
  #end(stream: string, event: ActionEvent): readonly Finding[] {
    const record = this.#stopped.get(stream);
    if (record === undefined) return [];
    this.#stopped.delete(stream);
    const refusal = refusalOf(record);
    return [compared('refusal', `refusal by gate \`${record.gate}\``, { type: event.type, data: event.data }, { type: refusal.type, data: refusal.data })];
  }
}
