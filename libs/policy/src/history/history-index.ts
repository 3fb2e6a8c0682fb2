import { actionEndTypes, parseStream, streamName, type Timestamp } from '@interlock/contracts';
import { comparePositions, type OpenWorkFold, type Position, type RecordedEvent } from '@interlock/kernel';
import type { DerivedInputs } from '../context.js';
import { Series } from './series.js';

const hourMs = 3_600_000;
const fiveMinutesMs = 300_000;
/** Beyond this the age says "a year or more, or never". */
const longestAgeS = 31_536_000;
/** Kept longer than the longest window, for requests whose clock is behind. */
const keptMs = 2 * hourMs;
const lastsKept = 8;

/**
 * `declared` is what the intent says it affects, `touched` the larger of that and what the topology
 * said when the gate looked last.
 */
type Action = {
  readonly entityId: string;
  readonly actionType: string;
  readonly declared: number;
  touched: number;
  /** Where its execution began, where it did and still counts. */ readonly started: Position | null;
};
/**
 * What is looked at of a judged gate; `estimate` is what the topology said, null where nobody was
 * asked.
 */
type GateLook = {
  readonly gate: string;
  readonly saw?: { readonly estimate?: { readonly affected_entity_count: number } | null };
};
type Last = {
  readonly at: number;
  readonly position: Position;
  readonly actionType: string;
  /** Whose execution it was; null for none. */ readonly actionId: string | null;
};
type Tenant = {
  /** Accepted and not ended. */
  readonly open: Map<string, Action>;
  /** By entity: the last, and some before it, for whoever asks what was known a moment ago. */
  readonly last: Map<string, readonly Last[]>;
  /** Executions that began, by the entities affected. */
  readonly started: Series;
  /** Executions that ended, 1 where it was a failure; all of them, and by action type. */
  readonly ended: Series;
  readonly endedByType: Map<string, Series>;
};

const ends: ReadonlySet<string> = new Set(actionEndTypes);
const isCounted = (type: string): boolean =>
  type === 'IntentAccepted' || type === 'ExecutionStarted' || type === 'TurnLapsed' || ends.has(type);
/**
 * Ends of actions that were executed, and whether that is a failure; whoever undid it, it did not
 * stay.
 */
const executionEnds: { readonly [type: string]: boolean | undefined } = {
  ActionCompleted: false,
  ActionRolledBack: true,
  ActionRollbackFailed: true,
};

/**
 * INVARIANT: one division of two whole numbers, so that the value is the number nearest to the true
 * rate. A rule's limit is likewise the number nearest to what is written, so a rate that is exactly
 * at a limit equals it, and one that is not does not (for limits of up to 6 decimals and up to 10
 * million executions).
 */
const pct = ({ count, sum }: { readonly count: number; readonly sum: number }): number =>
  count === 0 ? 0 : (100 * sum) / count;
const none = { count: 0, sum: 0 } as const;

/**
 * The history of actions, folded from the `action-` streams. It gives `history.*` and
 * `system.error_rate_5m` as values for an evaluation:
 *
 * - `history.same_entity_age_s`: seconds since the last execution on the same entity began;
 *   31,536,000 for a year or more, or never.
 * - `history.last_action_type`: the type of that execution; empty for none.
 * - `history.actions_1h`: the number of executions of the tenant that began within the hour.
 * - `history.blast_1h`: the number of entities that these executions affected. Each counts with the
 *   larger of its agent's and the topology's number, as the blast radius gate recorded both.
 * - `history.failure_rate_5m`: of the tenant's executions of the same action type that ended within
 *   5 minutes, the per cent that were rolled back or failed to roll back; 0 if none ended.
 * - `system.error_rate_5m`: the same over all action types.
 */
export class HistoryIndex implements OpenWorkFold {
  readonly #tenants = new Map<string, Tenant>();
  /**
   * When a stream's action began or ended an execution last; the oldest are dropped with the
   * longest window.
   */
  readonly #recent = new Map<string, number>();
  /** The newest event's time, in milliseconds. */
  #newest = 0;
  #newestStream: string | null = null;

  static readonly prefixes = ['action-'] as const;

  /** What this history reads of an event; null where it is passed by. */
  static needs(event: RecordedEvent): RecordedEvent | null {
    if (event.type === 'GatesJudged') {
      const { gates } = event.data as { readonly gates: readonly GateLook[] };
      return { ...event, data: { gates: gates.filter(({ gate }) => gate === 'blast_radius') } };
    }
    return isCounted(event.type) ? event : null;
  }

  /** Folds one event of an action; events that say nothing here are passed by. */
  take(event: RecordedEvent): void {
    const stream = parseStream(event.stream);
    if (stream === undefined || stream.category !== 'action') return;
    const { type, data } = event;
    if (type === 'GatesJudged') return this.#look(stream, data as { readonly gates: readonly GateLook[] });
    if (!isCounted(type)) return;
    const at = Date.parse(event.metadata.occurred_at);
    if (at >= this.#newest) [this.#newest, this.#newestStream] = [at, event.stream];
    const tenant = this.#tenant(stream.tenant);
    if (type === 'IntentAccepted') {
      const { intent } = data as unknown as {
        readonly intent: {
          readonly entity_id: string;
          readonly action_type: string;
          readonly affected_entity_count: number;
        };
      };
      tenant.open.set(stream.id, {
        entityId: intent.entity_id,
        actionType: intent.action_type,
        declared: intent.affected_entity_count,
        touched: intent.affected_entity_count,
        started: null,
      });
    } else if (type === 'ExecutionStarted') this.#start(tenant, stream.id, at, event.position);
    else if (type === 'TurnLapsed') this.#lapse(tenant, stream.id, event.position);
    else this.#end(tenant, stream.id, type, at, event.position);
    if (type === 'ExecutionStarted' || executionEnds[type] !== undefined) this.#remember(event.stream, at);
  }

  /**
   * The streams that make this history again: of actions that are open, that began or ended an
   * execution within the longest window, or that were the last two on an entity, which is as far
   * back as a turn that lapsed leads; and of the newest event.
   */
  *streams(): Iterable<string> {
    const named = (tenant: string, id: string): string => streamName('action', tenant, id);
    for (const [id, { open, last }] of this.#tenants) {
      for (const actionId of open.keys()) yield named(id, actionId);
      for (const lasts of last.values())
        for (const { actionId } of lasts.slice(-2)) if (actionId !== null) yield named(id, actionId);
    }
    for (const [stream, at] of this.#recent) if (at >= this.#newest - keptMs) yield stream;
    if (this.#newestStream !== null) yield this.#newestStream;
  }

  /**
   * The values for one request, with `upTo` as they were when nothing after that position of the
   * log was known. Nothing is given, and so all of it unknown, for a time from which not everything
   * is kept.
   */
  derived(
    tenantId: string,
    request: { readonly entity_id?: string; readonly action_type?: string },
    at: Timestamp,
    upTo?: Position,
  ): DerivedInputs {
    const now = Date.parse(at);
    if (Number.isNaN(now) || now < this.#newest - (keptMs - hourMs)) return {};
    const { last, started, ended, endedByType } = this.#tenant(tenantId);
    // What began or ended after `at`, by another clock, counts too: that is the stricter side.
    const begun = started.since(now - hourMs, upTo);
    const before =
      request.entity_id === undefined
        ? undefined
        : last
            .get(request.entity_id)
            ?.findLast(({ position }) => upTo === undefined || comparePositions(position, upTo) <= 0);
    return {
      system: { error_rate_5m: pct(ended.since(now - fiveMinutesMs, upTo)) },
      history: {
        actions_1h: begun.count,
        blast_1h: begun.sum,
        failure_rate_5m: pct(
          endedByType.get(request.action_type ?? '')?.since(now - fiveMinutesMs, upTo) ?? none,
        ),
        ...(request.entity_id === undefined
          ? {}
          : {
              same_entity_age_s:
                before === undefined
                  ? longestAgeS
                  : Math.min(longestAgeS, Math.max(0, Math.floor((now - before.at) / 1000))),
              last_action_type: before?.actionType ?? '',
            }),
      },
    };
  }

  #tenant(tenantId: string): Tenant {
    const present = this.#tenants.get(tenantId);
    if (present !== undefined) return present;
    const fresh: Tenant = {
      open: new Map(),
      last: new Map(),
      started: new Series(keptMs),
      ended: new Series(keptMs),
      endedByType: new Map(),
    };
    this.#tenants.set(tenantId, fresh);
    return fresh;
  }

  #remember(stream: string, at: number): void {
    this.#recent.delete(stream);
    this.#recent.set(stream, at);
    for (const [oldest, when] of this.#recent) {
      if (when >= this.#newest - keptMs) return;
      this.#recent.delete(oldest);
    }
  }

  /**
   * A look at the blast radius: by itself, or among the gates that were looked at again. The last
   * one before the start counts.
   */
  #look(
    { tenant, id }: { readonly tenant: string; readonly id: string },
    { gates }: { readonly gates: readonly GateLook[] },
  ): void {
    const action = this.#tenants.get(tenant)?.open.get(id);
    if (action === undefined) return;
    for (const { gate, saw } of gates) {
      if (gate === 'blast_radius')
        action.touched = Math.max(action.declared, saw?.estimate?.affected_entity_count ?? 0);
    }
  }

  #start(tenant: Tenant, actionId: string, at: number, position: Position): void {
    const action = tenant.open.get(actionId);
    if (action === undefined) return;
    tenant.started.add(at, position, action.touched);
    tenant.last.set(action.entityId, [
      ...(tenant.last.get(action.entityId) ?? []).slice(1 - lastsKept),
      { at, position, actionType: action.actionType, actionId },
    ]);
    tenant.open.set(actionId, { ...action, started: position });
  }

  /**
   * Nothing was sent under it: from here on its start counts for nothing, least of all against the
   * same action's next turn.
   */
  #lapse(tenant: Tenant, actionId: string, position: Position): void {
    const action = tenant.open.get(actionId);
    if (action === undefined || action.started === null) return;
    tenant.open.set(actionId, { ...action, started: null });
    tenant.started.takeBack(action.started, position, action.touched);
    const lasts = tenant.last.get(action.entityId) ?? [];
    if (lasts.at(-1)?.position !== action.started) return;
    const before = lasts.at(-2) ?? { at: -Infinity, actionType: '', actionId: null };
    tenant.last.set(action.entityId, [...lasts.slice(1 - lastsKept), { ...before, position }]);
  }

  #end(tenant: Tenant, actionId: string, type: string, at: number, position: Position): void {
    const action = tenant.open.get(actionId);
    tenant.open.delete(actionId);
    const failed = executionEnds[type];
    if (action === undefined || failed === undefined) return;
    const ofType = tenant.endedByType.get(action.actionType) ?? new Series(keptMs);
    tenant.endedByType.set(action.actionType, ofType);
    for (const series of [tenant.ended, ofType]) series.add(at, position, failed ? 1 : 0);
  }
}
