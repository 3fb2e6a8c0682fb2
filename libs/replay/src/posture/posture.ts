import { systemTenant, type SeenPosture } from '@interlock/contracts';
import { parsePosition, sameJson, type Position, type Recorded, type RecordedEvent } from '@interlock/kernel';
import {
  assess,
  checksDecided,
  computePosture,
  defaultPostureConfig,
  isSignalName,
  levelDecided,
  levelDecider,
  postureConfigStream,
  postureConfigDecided,
  postureRunDecided,
  signalDecided,
  signalNames,
  signalStream,
  worseLevel,
  type LevelHistory,
  type PostureChanged,
  type PostureConfig,
  type RecordLevel,
  type SignalState,
  type SignalStates,
} from '@interlock/posture';
import { seenPosture } from '@interlock/rails';
import { compared, namesPast, type Finding } from '../finding.js';
import type { ReplayedLog } from '../replay-contexts.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { Versions } from '../checks/versions.js';

type PostureInputs = {
  readonly signals: SignalStates;
  readonly config: PostureConfig | null;
  readonly history: LevelHistory | null;
};
const nothing: PostureInputs = { signals: {}, config: null, history: null };
const toleranceMs = 60_000;

/**
 * Replays postures, from signals, settings and levels at the position that an answer names, and the
 * recorded changes of the level.
 */
export class PostureReplay {
  readonly signals = new StreamReplay(signalDecided);
  readonly settings = new StreamReplay(postureConfigDecided);
  readonly runs = new StreamReplay(postureRunDecided);
  readonly checks = new StreamReplay(checksDecided);
  readonly levels: StreamReplay<RecordLevel, PostureChanged, LevelHistory>;
  readonly #tenants = new Map<string, Versions<PostureInputs>>();

  constructor(
    private readonly log: ReplayedLog,
    private readonly hasSystem: () => boolean,
  ) {
    this.levels = new StreamReplay({
      ...levelDecided,
      also: (event, _before, { tenant }) => this.#level(event, tenant),
    });
  }

  /** Takes events of `signal-*` and `posture-*`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const versions = this.#tenants.get(of.tenant) ?? new Versions<PostureInputs>();
    const before = versions.present ?? nothing;
    if (of.category === 'signal') {
      if (!isSignalName(of.id)) return [];
      const findings = this.signals.take(event, of);
      const { state, whole } = this.signals.of(event.stream)!;
      this.#add(of, event, versions, {
        ...before,
        signals: whole ? { ...before.signals, [of.id]: state } : before.signals,
      });
      return findings;
    }
    if (of.id === 'config') {
      const findings = this.settings.take(event, of);
      this.#add(of, event, versions, { ...before, config: this.settings.of(event.stream)!.state.config });
      return findings;
    }
    if (of.id === 'runs') return this.runs.take(event, of);
    if (of.id === 'checks') return this.checks.take(event, of);
    const findings = this.levels.take(event, of);
    const { state, whole } = this.levels.of(event.stream)!;
    this.#add(of, event, versions, { ...before, history: whole ? state : null });
    return findings;
  }

  #add(
    { tenant }: StreamOf,
    event: RecordedEvent,
    versions: Versions<PostureInputs>,
    known: PostureInputs,
  ): void {
    this.#tenants.set(tenant, versions);
    versions.add(event.position, event.metadata.occurred_at, known);
  }

  /**
   * Assesses a recorded answer again, from the log up to its position. If the result differs and
   * the file lacks some inputs, it is not checked.
   */
  check(
    tenant: string,
    answer: SeenPosture,
    by: Position,
    kept: (again: SeenPosture) => SeenPosture,
  ): Finding {
    const kind = 'posture';
    const unnamed = namesPast(kind, answer.version, by);
    if (unnamed !== null) return unnamed;
    const position = parsePosition(answer.version)!;
    const { known, value = nothing } = this.#tenants.get(tenant)?.at(position) ?? { known: true };
    const system = this.#tenants.get(systemTenant)?.at(position);
    if (!known || system?.known === false)
      return { kind, missing: 'the signals are of too long ago', excused: true };
    const assessed = assess({
      tenant_id: tenant,
      own: value.signals,
      system: system?.value?.signals ?? ({} as { readonly [name: string]: SignalState }),
      config: value.config ?? defaultPostureConfig,
      history: value.history ?? levelDecider.initial,
      now: answer.evaluated_at,
      version: answer.version,
    });
    const again = kept(seenPosture(assessed));
    if (!sameJson(answer, again)) {
      const own = signalNames.every((name) => value.signals[name] !== undefined);
      const measured = signalNames.some((name) => (value.signals[name]?.internal ?? null) !== null);
      // What `_system` reports makes a level worse, and keeps what Interlock measures fresh.
      const maySystem = measured || !own || worseLevel(answer.effective, again.effective) !== again.effective;
      if (maySystem && !this.#holdsSystem())
        return { kind, missing: 'signals of `_system` are not in the file', excused: true };
      if (!this.log.whole && (!own || value.config === null || value.history === null))
        return { kind, missing: "the tenant's signals and settings are not all in the file" };
    }
    return compared(kind, 'posture, from the signals in the log', answer, again);
  }

  /** A tenant's own export has no event of `_system`, and a part of a log may lack some. */
  #holdsSystem(): boolean {
    return this.hasSystem() && signalNames.every((name) => this.log.holds(signalStream(systemTenant, name)));
  }

  /**
   * Checks that a level follows from its inputs under the settings of that time. Its command states
   * how long the level was held, and by which floor.
   */
  #level({ data, metadata }: Recorded<PostureChanged>, tenant: string): readonly Finding[] {
    const { occurred_at: at } = metadata;
    const versions = this.#tenants.get(tenant);
    const settings = versions?.within(at, toleranceMs).map(({ config }) => config) ?? [];
    const held = settings.map((config) => config ?? defaultPostureConfig);
    const { policy, red_triggers, orange_triggers, yellow_triggers } = data;
    const recorded = [policy, red_triggers, orange_triggers, yellow_triggers];
    const computed = (held.length === 0 ? [defaultPostureConfig] : held).map((config) => {
      const again = computePosture(data.inputs, config.thresholds, config.orange);
      return [again.policy, again.red_triggers, again.orange_triggers, again.yellow_triggers];
    });
    const again = computed.find((one) => sameJson(one, recorded));
    // A part of a log may lack the settings that were in force, or those from before them.
    const isKnown =
      this.log.holds(postureConfigStream(tenant)) ||
      (versions?.reaches(at, toleranceMs) === true && !settings.includes(null));
    if (again === undefined && !isKnown)
      return [{ kind: 'level', missing: "the tenant's thresholds are not in the file" }];
    return [compared('level', 'the level, from its inputs', recorded, again ?? computed[0])];
  }
}
