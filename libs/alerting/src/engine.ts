import { parseStream, type TenantLimits, type Timestamp } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import type { AlertCommand, Cause, Firing } from './alert.js';
import { defaultFigures, figuresFrom, type Figures } from './figures.js';
import type { LogOrder } from './order.js';
import { alertIdOf, fingerprintOf, type Condition, type Rule } from './rule.js';
import { rules as allRules } from './rules/table.js';

/** A command on one alert that follows from the folded events, and the time of its judgement. */
export type Consequence = {
  readonly tenant: string;
  readonly alert_id: string;
  readonly command: Extract<AlertCommand, { readonly kind: 'fire' | 'end' }>;
  readonly now: Timestamp;
  /** Its cause: an event, or the clock. */
  readonly by: Cause;
};
type Held = { readonly condition: Condition; readonly key: string };
type OfRule = { state: unknown; held: ReadonlyMap<string, Held> };

/** The category of the events that set a tenant's limits, including the rules' figures. */
export const limitsCategory = 'autonomy';
/** The limits that an event sets; null if it sets none. */
export const limitsIn = ({ stream, type, data }: RecordedEvent): TenantLimits | null =>
  type === 'LimitsSet' && stream.startsWith(`${limitsCategory}-`)
    ? (data as { readonly limits: TenantLimits }).limits
    : null;

/** The cause of a change that only time has caused. */
export const clockCause = ({ name }: Rule, tenant: string, now: Timestamp): Cause => ({
  event_id: `clock:${now}`,
  type: 'clock',
  stream: `${name} ${tenant}`,
});
const keyOf = ({ firing, cause, severity, manual_intervention_required }: Condition): string =>
  JSON.stringify([firing, cause.event_id, severity, manual_intervention_required ?? false]);

/** The figures that a rule uses. */
export const figuresOf = ({ figures: names }: Rule, figures: Figures): Partial<Figures> =>
  Object.fromEntries(names.map((name) => [name, figures[name]]));

/** The content of an alert for a condition. */
export const firingOf = (
  rule: Rule,
  tenant: string,
  condition: Condition,
  order: LogOrder,
  figures: Figures,
): Firing => {
  const fingerprint = fingerprintOf(rule.name, condition.subject);
  return {
    alert_id: alertIdOf(tenant, fingerprint),
    name: rule.name,
    fingerprint,
    ...condition,
    runbook: rule.runbook,
    order,
    figures: figuresOf(rule, figures),
  };
};

/**
 * The rules on the log's events. It folds each event into the states of its tenant's rules, and
 * returns what follows from it or from time alone. The output is in the log's order and the same
 * for the same events. So a restarted process repeats it, and the alerts' own order drops known
 * commands.
 */
export class RuleEngine {
  readonly #tenants = new Map<string, Map<Rule, OfRule>>();
  readonly #byType = new Map<string, readonly Rule[]>();
  /** By tenant, if it has set limits. */
  readonly #figures = new Map<string, Figures>();
  readonly #rules: readonly Rule[];
  readonly #onFault: (rule: Rule, error: unknown) => void;
  #log = '';
  #head = '0';
  /**
   * INVARIANT: never judged at an earlier time than before, so that a clock that steps back ends
   * nothing.
   */
  #now: Timestamp = '';

  /**
   * `onFault` is called for an event that a rule cannot read. The rule stays as it was, so one
   * malformed event silences no alert.
   */
  constructor(
    onFault: (rule: Rule, error: unknown) => void = () => undefined,
    rules: readonly Rule[] = allRules,
  ) {
    this.#rules = rules;
    this.#onFault = onFault;
    for (const rule of rules)
      for (const [category, types] of Object.entries(rule.events))
        for (const type of types) {
          const key = `${category} ${type}`;
          this.#byType.set(key, [...(this.#byType.get(key) ?? []), rule]);
        }
  }

  /** The identity of the log: its first event. The reader sets it before the first event. */
  isOf(log: string): void {
    this.#log = log;
  }

  get order(): LogOrder {
    return { log: this.#log, position: this.#head };
  }

  tenants(): readonly string[] {
    return [...this.#tenants.keys()];
  }

  /**
   * Folds an event, after the changes that time has caused until then. `limit`: the caller's clock;
   * later times in events do not count.
   */
  take(event: RecordedEvent, limit?: Timestamp): readonly Consequence[] {
    const stream = parseStream(event.stream);
    const limits = limitsIn(event);
    const concerned =
      stream === undefined
        ? []
        : limits === null
          ? (this.#byType.get(`${stream.category} ${event.type}`) ?? [])
          : this.#rules;
    if (stream === undefined || concerned.length === 0) {
      this.#head = positionText(event.position);
      return [];
    }
    const { tenant } = stream;
    const at = event.metadata.occurred_at;
    const now = this.#at(limit !== undefined && at > limit ? limit : at);
    const of = this.#of(tenant);
    const passed = concerned.flatMap((rule) => this.#judge(tenant, rule, of, now, null));
    this.#head = positionText(event.position);
    if (limits !== null) {
      this.#figures.set(tenant, figuresFrom(limits));
      return [...passed, ...concerned.flatMap((rule) => this.#judge(tenant, rule, of, now, event))];
    }
    const followed = concerned.flatMap((rule) => {
      const own = of.get(rule) ?? { state: rule.initial, held: new Map() };
      const state = this.#folded(rule, own.state, event);
      of.set(rule, { ...own, state });
      return state === own.state ? [] : this.#judge(tenant, rule, of, now, event);
    });
    return [...passed, ...followed];
  }

  /** Every event up to here has been folded. */
  readUpTo(head: string): void {
    this.#head = head;
  }

  /** The changes that only time has caused. */
  tick(now: Timestamp): readonly Consequence[] {
    const at = this.#at(now);
    return [...this.#tenants].flatMap(([tenant, of]) =>
      this.#rules.flatMap((rule) => this.#judge(tenant, rule, of, at, null)),
    );
  }

  /** The conditions that hold in a tenant, by rule. */
  holding(tenant: string): readonly { readonly rule: Rule; readonly condition: Condition }[] {
    return [...(this.#tenants.get(tenant) ?? [])].flatMap(([rule, { held }]) =>
      [...held.values()].map(({ condition }) => ({ rule, condition })),
    );
  }

  /** A rule's state of a tenant. */
  stateOf(tenant: string, rule: Rule): unknown {
    return this.#tenants.get(tenant)?.get(rule)?.state ?? rule.initial;
  }

  #of(tenant: string): Map<Rule, OfRule> {
    const of = this.#tenants.get(tenant) ?? new Map<Rule, OfRule>();
    this.#tenants.set(tenant, of);
    return of;
  }

  #at(now: Timestamp): Timestamp {
    if (this.#now === '' || Date.parse(now) > Date.parse(this.#now)) this.#now = now;
    return this.#now;
  }

  #folded(rule: Rule, state: unknown, event: RecordedEvent): unknown {
    try {
      return rule.fold(state, event);
    } catch (error) {
      this.#onFault(rule, error);
      return state;
    }
  }

  #judge(
    tenant: string,
    rule: Rule,
    of: Map<Rule, OfRule>,
    now: Timestamp,
    event: RecordedEvent | null,
  ): readonly Consequence[] {
    const own = of.get(rule);
    if (own === undefined) return [];
    const before = own.held;
    const figures = this.#figures.get(tenant) ?? defaultFigures;
    const held = new Map(
      rule.judge(own.state, now, figures).map((condition): [string, Held] => {
        const key = keyOf(condition);
        const known = before.get(condition.subject);
        // As it was reported; changes without a new cause are not reported again.
        return [condition.subject, known?.key === key ? known : { condition, key }];
      }),
    );
    of.set(rule, { ...own, held });
    const { order } = this;
    const by: Cause =
      event === null
        ? clockCause(rule, tenant, now)
        : { event_id: event.id, type: event.type, stream: event.stream };
    const ended = [...before]
      .filter(([subject]) => !held.has(subject))
      .map(([subject]): Consequence => {
        const fingerprint = fingerprintOf(rule.name, subject);
        return {
          tenant,
          alert_id: alertIdOf(tenant, fingerprint),
          command: { kind: 'end', cause: by, order, figures: figuresOf(rule, figures) },
          now,
          by,
        };
      });
    const fired = [...held.values()]
      .filter(({ condition, key }) => before.get(condition.subject)?.key !== key)
      .map(({ condition }): Consequence => {
        const data = firingOf(rule, tenant, condition, order, figures);
        return { tenant, alert_id: data.alert_id, command: { kind: 'fire', data }, now, by };
      });
    return [...ended, ...fired];
  }
}
