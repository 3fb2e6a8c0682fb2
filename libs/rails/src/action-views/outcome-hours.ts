import type { Timestamp } from '@interlock/contracts';
import { endStatusOf, isActionEnd, type ActionEndEvent } from '../action-events/end-types.js';
import type { EndStatus } from '../gates/gate.js';

/**
 * The number of actions that ended in each state, in the hour that begins at `hour` (UTC). States
 * without an action are absent.
 */
export type OutcomeHour = {
  readonly hour: Timestamp;
  readonly counts: { readonly [S in EndStatus]?: number };
};

const hourMs = 3_600_000;
/** The hours that are kept: a week, and the current hour. */
export const keptOutcomeHours = 7 * 24 + 1;

type RecordedFact = {
  readonly type: string;
  readonly data: object;
  readonly metadata: { readonly occurred_at: Timestamp };
};

const isDryRun = (data: object): boolean =>
  'intent' in data &&
  typeof data.intent === 'object' &&
  data.intent !== null &&
  'dry_run' in data.intent &&
  data.intent.dry_run === true;

/**
 * One tenant's ended actions of the last week, by the hour of their end. A dry run is no outcome.
 * It takes the events of the tenant's actions once each, in log order.
 */
export class OutcomeHours {
  readonly #hours = new Map<number, { [S in EndStatus]?: number }>();
  readonly #dry = new Set<string>();

  /** Adds an event of an action. */
  add(actionId: string, event: RecordedFact): void {
    if (event.type === 'IntentAccepted' && isDryRun(event.data)) this.#dry.add(actionId);
    const { occurred_at: at } = event.metadata;
    if (!isActionEnd(event) || this.#dry.delete(actionId)) return;
    const state = endStatusOf(event as ActionEndEvent);
    const hour = Math.floor(Date.parse(at) / hourMs);
    const counts = this.#hours.get(hour) ?? {};
    counts[state] = (counts[state] ?? 0) + 1;
    this.#hours.set(hour, counts);
    if (this.#hours.size <= keptOutcomeHours) return;
    this.#hours.delete(Math.min(...this.#hours.keys()));
  }

  /**
   * Returns the last `count` hours up to the one of `now`, oldest first, including those without an
   * outcome.
   */
  last(count: number, now: Timestamp): readonly OutcomeHour[] {
    const end = Math.floor(Date.parse(now) / hourMs);
    return Array.from({ length: count }, (_, i) => {
      const hour = end - count + 1 + i;
      return { hour: new Date(hour * hourMs).toISOString(), counts: { ...this.#hours.get(hour) } };
    });
  }
}
