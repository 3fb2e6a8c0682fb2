import { actionEndTypes, parseStream, streamName, type Timestamp } from '@interlock/contracts';
import { comparePositions, type OpenWorkFold, type Position, type RecordedEvent } from '@interlock/kernel';
import type { DerivedInputs } from '../condition/context.js';
import { Series } from './series.js';

const hourMs = 3_600_000;
const fiveMinutesMs = 300_000;
/** The largest age in seconds. It means "a year or more, or never". */
const longestAgeS = 31_536_000;
/** How long entries are kept: longer than the longest window, for requests with a slow clock. */
const keptMs = 2 * hourMs;
const lastsKept = 8;

/**
 * `declared` is the intent's number of affected entities. `touched` is the larger of it and the
 * topology's number at the gate's latest judgement.
 */
type Action = {
  readonly entityId: string;
  readonly actionType: string;
  readonly declared: number;
  touched: number;
  /** The position at which its execution began; null if it did not, or no longer counts. */
  readonly started: Position | null;
};
/**
 * The parts of a judged gate that are read. `estimate` contains the topology's number; it is null
 * without one.
 */
type GateLook = {
  readonly gate: string;
  readonly saw?: { readonly estimate?: { readonly affected_entity_count: number } | null };
};
type Last = {
  readonly at: number;
  readonly position: Position;
  readonly actionType: string;
  /** The action of the execution; null for none. */
  readonly actionId: string | null;
};
type Tenant = {
  /** The actions that are accepted and have not ended. */
  readonly open: Map<string, Action>;
  /**
   * The latest execution of each entity and some earlier ones, for readers at an earlier position.
   */
  readonly last: Map<string, readonly Last[]>;
  /** The executions that began, with the number of affected entities. */
  readonly started: Series;
  /** The executions that ended, with 1 for a failure; `endedByType` has them by action type. */
  readonly ended: Series;
  readonly endedByType: Map<string, Series>;
};

const ends: ReadonlySet<string> = new Set(actionEndTypes);
const isCounted = (type: string): boolean =>
  type === 'IntentAccepted' || type === 'ExecutionStarted' || type === 'TurnLapsed' || ends.has(type);
/**
 * The events that end an executed action, and whether each is a failure. An undone change is a
 * failure, whoever undid it.
 */
const executionEnds: { readonly [type: string]: boolean | undefined } = {
  ActionCompleted: false,
  ActionRolledBack: true,
  ActionRollbackFailed: true,
};

/**
 * Returns the rate in per cent. INVARIANT: it is one division of two whole numbers, so that the
 * value is the number nearest to the true rate. A rule's limit is also the number nearest to its
 * text. So a rate equals a limit only if it is exactly at it (for limits of up to 6 decimals and up
 * to 10 million executions).
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
   * When a stream's action last began or ended an execution; entries older than the longest window
   * are dropped.
   */
  readonly #recent = new Map<string, number>();
  /** The newest event's time, in milliseconds. */
  #newest = 0;
  #newestStream: string | null = null;

  static readonly prefixes = ['action-'] as const;

  /** Returns the parts of an event that this history reads; null if it ignores the event. */
  static needs(event: RecordedEvent): RecordedEvent | null {
    if (event.type === 'GatesJudged') {
      const { gates } = event.data as { readonly gates: readonly GateLook[] };
      return { ...event, data: { gates: gates.filter(({ gate }) => gate === 'blast_radius') } };
    }
    return isCounted(event.type) ? event : null;
  }

  /** Folds one event of an action; irrelevant events are ignored. */
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
   * Returns the streams from which this history can be rebuilt: those of open actions, of actions
   * that began or ended an execution within the longest window, and of the last two executions on
   * each entity. A lapsed turn reaches back no further. The stream of the newest event is included
   * too.
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
   * Returns the values for one request; with `upTo`, as they were at that log position. Empty, and
   * so unknown, for a time from which not all events are kept.
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
    // Events after `at`, by another clock, count too, because that is stricter.
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
   * Records a judgement of the blast radius, alone or among several gates. The last one before the
   * start counts.
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
   * Records that nothing was sent in a turn. Its start no longer counts, in particular for the same
   * action's next turn.
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
