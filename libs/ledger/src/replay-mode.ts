import { parseStream, type ModeAnswer } from '@interlock/contracts';
import { lookupInStates, modeDecider, modeStream, resolveMode, type ModeEvent, type ModeQuery, type ModeState } from '@interlock/autonomy';
import { comparePositions, parsePosition, type Position, type Recorded, type RecordedEvent } from '@interlock/kernel';
import { compared, type Finding } from './finding.js';

type Change = { readonly position: Position; readonly tenant: string; readonly state: ModeState };

/** Autonomy modes, from the configuration as it was at the position that an answer names. */
export class ModeReplay {
  readonly #changes: Change[] = [];
  readonly #present = new Map<string, ModeState>();
  readonly #partial = new Set<string>();

  take(event: RecordedEvent): readonly Finding[] {
    const stream = parseStream(event.stream);
    if (stream === undefined || event.stream !== modeStream(stream.tenant) || !modeDecider.types.includes(event.type as ModeEvent['type'])) return [];
    if (!this.#present.has(stream.tenant) && event.revision > 0n) this.#partial.add(stream.tenant);
    const state = modeDecider.evolve(this.#present.get(stream.tenant) ?? modeDecider.initial, event as unknown as Recorded<ModeEvent>);
    this.#present.set(stream.tenant, state);
    this.#changes.push({ position: event.position, tenant: stream.tenant, state });
    return [];
  }

  /** A tenant's export does not hold the global default: what came from there, or from nowhere, is not checked without it. */
  check(query: ModeQuery, answer: ModeAnswer): Finding {
    const at = parsePosition(answer.version);
    if (at === undefined) return { kind: 'mode', missing: 'the answer names no position' };
    if (this.#partial.has(query.tenant_id) || !this.#present.has(query.tenant_id)) return { kind: 'mode', missing: 'the tenant\'s modes are not in the file from their beginning' };
    const states = new Map<string, ModeState>();
    for (const change of this.#changes) if (comparePositions(change.position, at) <= 0) states.set(change.tenant, change.state);
    const resolved = resolveMode(lookupInStates(states), query);
    if ((answer.matched_level === null || answer.matched_level === 5) && (resolved.matched_level === null || resolved.matched_level === 5) && !this.#present.has('_system')) {
      return { kind: 'mode', missing: 'the global default is not in the file' };
    }
    return compared('mode', `mode of \`${query.action_type}\` for \`${query.account_id}\``, { mode: answer.mode, matched_level: answer.matched_level }, { mode: resolved.mode, matched_level: resolved.matched_level });
  }
}
