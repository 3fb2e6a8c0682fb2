import { systemTenant, type ModeAnswer } from '@interlock/contracts';
import {
  explainMode,
  lookupInStates,
  modeDecider,
  modeRecall,
  resolveMode,
  type ModeQuery,
  type ModeState,
} from '@interlock/autonomy';
import { parsePosition, type Position, type RecordedEvent } from '@interlock/kernel';
import { compared, type Finding, nameIn, namesPast } from '../finding.js';
import { StreamReplay, type StreamOf } from '../stream-replay.js';
import { Versions } from '../versions.js';

/** Autonomy modes, from the configuration as it was at the position that an answer names. */
export class ModeReplay {
  readonly settings = new StreamReplay(modeRecall);
  readonly #changes = new Map<string, Versions<ModeState>>();

  constructor(private readonly whole: boolean) {}

  /** Events of `autonomy-<tenant>:config`. */
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

  /** The zones of a tenant's days that held at some time shortly before. */
  zonesOf(tenant: string, at: string, ms: number): readonly string[] {
    return (
      this.#changes
        .get(tenant)
        ?.within(at, ms)
        .map(({ time_zone }) => time_zone) ?? (this.whole ? [modeDecider.initial.time_zone] : [])
    );
  }

  /** A tenant's export does not hold the global default: what came from there, or from nowhere, is not checked without it. */
  check(query: ModeQuery, answer: ModeAnswer, by: Position): Finding {
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
    const resolved = resolveMode(lookupInStates(states), query);
    if (
      (answer.matched_level === null || answer.matched_level === 5) &&
      (resolved.matched_level === null || resolved.matched_level === 5) &&
      !this.#changes.has(systemTenant)
    ) {
      return { kind: 'mode', missing: 'the global default is not in the file', excused: true };
    }
    const again: ModeAnswer = {
      ...resolved,
      ...explainMode(resolved.mode, resolved.matched_level),
      time_zone: states.get(query.tenant_id)?.time_zone ?? 'UTC',
      version: answer.version,
    };
    return compared(
      'mode',
      `mode of ${nameIn(query.action_type)} for ${nameIn(query.account_id)}`,
      answer,
      again,
    );
  }
}
