import type {
  PostureAnswer,
  PostureInputs,
  PostureLevel,
  PostureSignalName,
  PostureSignalView,
  Reason,
  Timestamp,
} from '@interlock/contracts';
import type { PostureConfig } from '../config.js';
import { clearsOf } from './clears.js';
import { effectiveAt, worseLevel, type LevelHistory } from './level.js';
import { signalNames } from './signals.js';
import { refusedReports, viewsOf, type SignalStates } from './signal-views.js';
import { computePosture, type OrangeThresholds } from './thresholds.js';

export type AssessInput = {
  readonly tenant_id: string;
  /** The tenant's own signals. */
  readonly own: SignalStates;
  /** The signals of `_system`, which count for every tenant. */
  readonly system: SignalStates;
  readonly config: PostureConfig;
  readonly history: LevelHistory;
  readonly now: Timestamp;
  /** The log position up to which all this is current. */
  readonly version: string;
};

/** The answer of `posture.posture`, with further data for the API. */
export type PostureAssessment = PostureAnswer & {
  /** The level for the present signals, before the dwell. */
  readonly target: PostureLevel;
  /**
   * The best possible effective level: YELLOW while a signal has never been reported. Its first
   * report lifts this at once, and for ever.
   */
  readonly floor: PostureLevel;
  readonly orange_triggers: readonly PostureSignalName[];
  readonly orange: OrangeThresholds | null;
  readonly dwell_s: number;
  readonly history: LevelHistory;
  /** Malformed reports that were refused, for signals without a valid report since. */
  readonly refused: readonly {
    readonly name: PostureSignalName;
    readonly tenant_id: string;
    readonly at: Timestamp;
    readonly source: string;
    readonly violations: readonly { readonly pointer: string; readonly detail: string }[];
  }[];
};

const missingReason = (name: PostureSignalName, view: PostureSignalView): Reason =>
  view.status === 'defaulted'
    ? {
        code: 'SIGNAL_DEFAULTED',
        detail:
          view.at === null
            ? `nobody reports ${name}: its default stands`
            : `${name} is expected from outside too, and nothing comes from there`,
        signal: name,
      }
    : {
        code: 'SIGNAL_STALE',
        detail: `${name} is ${Math.round(view.age_s ?? 0)} s old, at most ${view.max_age_s} s`,
        signal: name,
      };

/**
 * Returns the posture of a tenant now. `policy` is the level over the worse of the tenant's and
 * `_system`'s signals, with defaults for signals that nobody reports. `effective` is never better
 * than `policy`. It is never better than YELLOW while a signal is defaulted or stale (unless
 * `on_missing` is `seed`). It improves only after the dwell.
 */
export const assess = (input: AssessInput): PostureAssessment => {
  const { config, now } = input;
  const views = viewsOf(input);
  const inputs = Object.fromEntries(
    signalNames.map((name) => [name, views[name].value]),
  ) as unknown as PostureInputs;
  const computed = computePosture(inputs, config.thresholds, config.orange);
  const missing =
    config.on_missing === 'seed' ? [] : signalNames.filter((name) => views[name].status !== 'fresh');
  const { target, floor, effective, held_until } = levelsOf({
    policy: computed.policy,
    signals: views,
    on_missing: config.on_missing,
    history: input.history,
    dwell_s: config.dwell_s,
    evaluated_at: now,
  });
  const reasons: Reason[] = [
    ...triggerReasons('RED', computed.red_triggers, inputs),
    ...triggerReasons('ORANGE', computed.orange_triggers, inputs),
    ...triggerReasons('YELLOW', computed.yellow_triggers, inputs),
    ...missing.map((name) => missingReason(name, views[name])),
    ...(held_until === null
      ? []
      : [{ code: 'DWELL', detail: `${effective} holds until ${held_until}, then ${target}`, held_until }]),
  ];
  return {
    tenant_id: input.tenant_id,
    policy: computed.policy,
    effective,
    effective_reasons: reasons,
    target,
    floor,
    red_triggers: computed.red_triggers,
    orange_triggers: computed.orange_triggers,
    yellow_triggers: computed.yellow_triggers,
    inputs,
    thresholds: config.thresholds,
    signals: views,
    on_missing: config.on_missing,
    clears: clearsOf({ inputs, config, computed, views, missing, effective, held_until }),
    refused: refusedOf(input),
    orange: config.orange,
    dwell_s: config.dwell_s,
    history: input.history,
    evaluated_at: now,
    version: input.version,
    ...(config.gate === undefined ? {} : { gate: config.gate }),
  };
};

type Levels = Pick<
  PostureAssessment,
  'policy' | 'signals' | 'on_missing' | 'history' | 'dwell_s' | 'evaluated_at'
>;

const levelsOf = ({ policy, signals, on_missing, history, dwell_s, evaluated_at }: Levels) => {
  const any = (status: PostureSignalView['status']): boolean =>
    on_missing === 'yellow' && signalNames.some((name) => signals[name].status === status);
  const target = any('stale') ? worseLevel(policy, 'YELLOW') : policy;
  const floor: PostureLevel = any('defaulted') ? 'YELLOW' : 'GREEN';
  const dwelt = effectiveAt(history, target, evaluated_at, dwell_s);
  const effective = worseLevel(dwelt.effective, floor);
  return { target, floor, effective, held_until: effective === dwelt.effective ? dwelt.held_until : null };
};

const triggerReasons = (
  level: PostureLevel,
  triggers: readonly PostureSignalName[],
  inputs: PostureInputs,
): readonly Reason[] =>
  triggers.map((name) => ({
    code: `${level}_TRIGGER`,
    detail: `${name} ${String(inputs[name])} makes ${level}`,
    signal: name,
  }));

const refusedOf = (input: AssessInput): PostureAssessment['refused'] =>
  refusedReports(input).map(({ name, tenant_id, refused }) => ({ name, tenant_id, ...refused }));
