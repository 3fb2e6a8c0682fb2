import type { Rule } from '@interlock/alerting';
import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

/**
 * How many of the latest events that any rule uses are kept. An alert follows its inputs within
 * seconds, or after the service was down.
 */
export const keptEvents = 10_000;
/** A rule's state is kept after every such event. The states between are folded again. */
const perState = 64;

/** An event that a rule uses. `nth` counts the events of all rules. */
type Entry = {
  readonly nth: number;
  readonly event: RecordedEvent;
  /** The rule's state from this event on; absent where it is folded again from an earlier entry. */
  readonly state?: { readonly value: unknown };
};

/** What is known of a rule's state at a position. */
export type StateThen =
  /** `events` tells how many of its events in the file are folded. */
  | { readonly known: true; readonly value: unknown; readonly events: number }
  /** The events of that time are no longer kept. */
  | { readonly known: false };

/** The states of one rule for one tenant. */
class StatesOfRule {
  #entries: Entry[] = [];
  /** How many events were dropped before the first entry. */
  #dropped = 0;
  #present: unknown;

  constructor(private readonly rule: Rule) {
    this.#present = rule.initial;
  }

  push(event: RecordedEvent, nth: number): void {
    this.#present = this.rule.fold(this.#present, event);
    const isKept = (this.#dropped + this.#entries.length) % perState === 0;
    this.#entries.push({ nth, event, ...(isKept ? { state: { value: this.#present } } : {}) });
  }

  at(position: Position): StateThen {
    const last = this.#entries.findLastIndex(({ event }) => comparePositions(event.position, position) <= 0);
    if (last >= 0) return { known: true, value: this.#stateAt(last), events: this.#dropped + last + 1 };
    return this.#dropped > 0 ? { known: false } : { known: true, value: this.rule.initial, events: 0 };
  }

  /** Drops the events up to the `nth`, except the last of them. */
  forget(nth: number): void {
    const last = this.#entries.findLastIndex((entry) => entry.nth <= nth);
    if (last <= 0) return;
    const first = { ...this.#entries[last]!, state: { value: this.#stateAt(last) } };
    this.#entries = [first, ...this.#entries.slice(last + 1)];
    this.#dropped += last;
  }

  #stateAt(index: number): unknown {
    let from = index;
    while (this.#entries[from]?.state === undefined) from -= 1;
    let { value } = this.#entries[from]!.state!;
    for (const { event } of this.#entries.slice(from + 1, index + 1)) value = this.rule.fold(value, event);
    return value;
  }
}

/** The states of all rules, by tenant, at any position among the latest events. */
export class RuleStates {
  readonly #tenants = new Map<string, Map<Rule, StatesOfRule>>();
  #count = 0;

  /** Folds an event into the rules that use it. */
  fold(event: RecordedEvent, tenant: string, using: readonly Rule[]): void {
    this.#count += 1;
    for (const rule of using) this.#of(tenant, rule).push(event, this.#count);
    if (this.#count % keptEvents !== 0) return;
    for (const ofTenant of this.#tenants.values())
      for (const states of ofTenant.values()) states.forget(this.#count - keptEvents);
  }

  at(tenant: string, rule: Rule, position: Position): StateThen {
    return this.#of(tenant, rule).at(position);
  }

  #of(tenant: string, rule: Rule): StatesOfRule {
    let ofTenant = this.#tenants.get(tenant);
    if (ofTenant === undefined) this.#tenants.set(tenant, (ofTenant = new Map()));
    let states = ofTenant.get(rule);
    if (states === undefined) ofTenant.set(rule, (states = new StatesOfRule(rule)));
    return states;
  }
}
