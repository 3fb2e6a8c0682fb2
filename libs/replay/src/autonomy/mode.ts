import {
  actionLimits,
  systemTenant,
  type ModeAnswer,
  type Reason,
  type SeenMode,
} from '@interlock/contracts';
import { modeReasons, seenMode } from '@interlock/rails';
import {
  earnedDecider,
  earnedDecided,
  effectiveMode,
  earnedStream,
  modeDecider,
  modeDecided,
  type ModeQuery,
  type ModeState,
  type Standing,
} from '@interlock/autonomy';
import { parsePosition, sameJson, type Position, type RecordedEvent } from '@interlock/kernel';
import { compared, type Finding, nameIn, namesPast } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { Versions } from '../checks/versions.js';
import type { ThresholdReplay } from './threshold.js';

/** Replays autonomy modes, from the configuration at the position that an answer names. */
export class ModeReplay {
  readonly settings = new StreamReplay(modeDecided);
  readonly earned = new StreamReplay(earnedDecided);
  readonly #changes = new Map<string, Versions<ModeState>>();
  /** An account's standing for an action type, by stream. */
  readonly #standings = new Map<string, Versions<Standing>>();

  constructor(
    private readonly whole: boolean,
    private readonly thresholds: ThresholdReplay,
  ) {}

  /** Takes events of `autonomy-<tenant>:config`. */
  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const findings = this.settings.take(event, of);
    const folded = this.settings.of(event.stream)!;
    if (!folded.whole) return findings;
    const versions = this.#changes.get(of.tenant) ?? new Versions<ModeState>();
    if (!this.#changes.has(of.tenant)) versions.addFirst(modeDecider.initial);
    this.#changes.set(of.tenant, versions);
    versions.add(event.position, event.metadata.occurred_at, folded.state);
    return findings;
  }

  /** Takes events of `autonomy-<tenant>:earned=<account>/<action_type>`. */
  takeEarned(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    this.thresholds.outcome(event, of, this.earned.of(event.stream));
    const findings = this.earned.take(event, of);
    const folded = this.earned.of(event.stream);
    if (folded?.whole !== true) return findings;
    const versions = this.#standings.get(event.stream) ?? new Versions<Standing>();
    if (!this.#standings.has(event.stream)) versions.addFirst(earnedDecider.initial.standing);
    this.#standings.set(event.stream, versions);
    if (versions.present !== folded.state.standing)
      versions.add(event.position, event.metadata.occurred_at, folded.state.standing);
    return findings;
  }

  /** Returns the time zones of a tenant's days that were in force at some time shortly before. */
  zonesOf(tenant: string, at: string, ms: number): readonly string[] {
    return (
      this.#changes
        .get(tenant)
        ?.within(at, ms)
        .map(({ time_zone }) => time_zone) ?? (this.whole ? [modeDecider.initial.time_zone] : [])
    );
  }

  /**
   * Checks an answer. A tenant's export lacks the global default, so an answer that may come from
   * it is not checked.
   */
  check(
    query: ModeQuery,
    affected: number,
    { answer, reasons }: { readonly answer: SeenMode; readonly reasons: readonly Reason[] },
    by: Position,
  ): Finding {
    const unnamed = namesPast('mode', answer.version, by);
    if (unnamed !== null) return unnamed;
    const at = parsePosition(answer.version)!;
    if (!this.whole && !this.#changes.has(query.tenant_id))
      return { kind: 'mode', missing: "the tenant's modes are not in the file from their beginning" };
    const states = new Map<string, ModeState>();
    for (const [tenant, versions] of this.#changes) {
      const { known, value } = versions.at(at);
      if (!known) return { kind: 'mode', missing: 'the answer is of too long ago', excused: true };
      if (value !== undefined) states.set(tenant, value);
    }
    const stream = earnedStream(query.tenant_id, query.account_id, query.action_type);
    const standing = this.#standings.get(stream)?.at(at) ?? {
      known: true,
      value: earnedDecider.initial.standing,
    };
    if (!standing.known) return { kind: 'mode', missing: 'the answer is of too long ago', excused: true };
    const resolved = effectiveMode(states, standing.value ?? earnedDecider.initial.standing, query, affected);
    if (
      (answer.matched_level === null || answer.matched_level === 5) &&
      (resolved.matched_level === null || resolved.matched_level === 5) &&
      !this.#changes.has(systemTenant)
    ) {
      return { kind: 'mode', missing: 'the global default is not in the file', excused: true };
    }
    const isStandingKnown = this.whole || this.earned.of(stream)?.whole === true;
    const own = states.get(query.tenant_id);
    const again: ModeAnswer = {
      ...resolved,
      time_zone: own?.time_zone ?? 'UTC',
      version: answer.version,
      ...(own === undefined || own.limits.set_at === null ? {} : { limits: actionLimits(own.limits.set) }),
    };
    const replayed = { answer: seenMode(again), reasons: modeReasons(again) };
    if (!isStandingKnown && !sameJson({ answer, reasons }, replayed))
      return { kind: 'mode', missing: "the account's earned standing is not in the file" };
    return compared(
      'mode',
      `mode of ${nameIn(query.action_type)} for ${nameIn(query.account_id)}`,
      { answer, reasons },
      replayed,
    );
  }
}
