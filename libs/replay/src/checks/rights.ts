import { fileBrakeId, parseStream, sealedBy } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { compared, type Finding } from '../finding.js';
import type { StreamOf } from '../stream-replay.js';

const kind = 'right';

/**
 * The events that only a person may cause, by category: those that always loosen. An event of a
 * rollback or canary that an earlier approval covers is not among them.
 */
const ofPeople: { readonly [category: string]: ReadonlySet<string> } = {
  action: new Set(['ActionApproved', 'ActionConfirmed', 'ConfirmationWindowExtended']),
  plan: new Set(['PlanApproved']),
  bundle: new Set(['BundleApproved']),
  change: new Set(['ChangeConsented', 'ChangeApproved']),
  brake: new Set(['BrakeReleased']),
  trust_lock: new Set(['TrustUnlocked', 'TrustUnlocksReset']),
  feedback: new Set(['FeedbackGiven']),
};

/** Returns every sealed text in a value. */
const sealedIn = (value: unknown, found: Set<string>): Set<string> => {
  if (typeof value === 'string') {
    if (sealedBy(value) !== undefined) found.add(value);
  } else if (typeof value === 'object' && value !== null)
    for (const one of Object.values(value)) sealedIn(one, found);
  return found;
};

/** The person whose stream it is, or whose stream a change request would write. */
const namedBy = (data: object, of: StreamOf): readonly string[] => {
  const { setting } = data as { readonly setting?: unknown };
  const changed = of.category === 'change' && typeof setting === 'string' ? parseStream(setting) : of;
  return changed?.category === 'person' ? [changed.id] : [];
};

/**
 * Replays rights that no decider checks: only people do what is reserved for people, and a sealed
 * text comes from the person who writes it.
 */
export class RightsReplay {
  /** Sealed texts that the log contains. Later events may repeat them. */
  readonly #known = new Set<string>();

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    return [...this.#person(event, of), ...this.#authors(event, of)];
  }

  #person({ type, metadata: { actor } }: RecordedEvent, { category, id }: StreamOf): readonly Finding[] {
    if (category === 'brake' && id === fileBrakeId) return [];
    const types = Object.hasOwn(ofPeople, category) ? ofPeople[category]! : undefined;
    return types?.has(type) === true ? [compared(kind, 'a person did it', actor.kind, 'person')] : [];
  }

  #authors({ data, metadata: { actor, command } }: RecordedEvent, of: StreamOf): readonly Finding[] {
    if (actor.kind !== 'person') return [];
    const texts = sealedIn([data, (command as { readonly inputs?: unknown } | undefined)?.inputs], new Set());
    const fresh = [...texts].filter((text) => !this.#known.has(text));
    for (const text of fresh) this.#known.add(text);
    // A name is sealed with the key of the person whom it names.
    const own = [actor.person_id, ...namedBy(data, of)];
    return fresh.map((text): Finding => {
      const author = sealedBy(text)!;
      return own.includes(author)
        ? compared(kind, 'the author of a sealed text', author, author)
        : { kind, missing: 'no earlier event of its author holds a sealed text' };
    });
  }
}
