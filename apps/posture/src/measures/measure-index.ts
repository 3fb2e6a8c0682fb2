import { parseStream, systemTenant, type PostureInputs, type Timestamp } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import { evolveRecorded, type EventStore, type RecordedEvent } from '@interlock/kernel';
import { EVENT_STORE, LOGGER } from '@interlock/platform';
import {
  ActionMeasures,
  checksStream,
  integrityScore,
  isResponseWork,
  noIntegrity,
  recentResponses,
  responsesWithinMs,
  trustLockDecider,
  trustLockStream,
  withCheck,
  type ActionFact,
  type IntegrityCheck,
  type IntegrityState,
  type TrustLockState,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';

/** The measures that are computed from a tenant's own log. */
export type TenantMeasures = Pick<
  PostureInputs,
  'trust_locked' | 'reputation_score' | 'forecast_risk' | 'recent_responses'
>;

type OfTenant = {
  readonly actions: ActionMeasures;
  readonly runs: Map<string, Timestamp>;
  guard: TrustLockState;
};

/** The number of applied runs that are kept. The runner's limit is far lower. */
const mostRuns = 1000;

/**
 * Interlock's measures from its own log: trust guard, actions, drift, responses and checks of every
 * tenant. Its memory is bounded.
 */
@Injectable()
export class MeasureIndex {
  readonly follower: LogFollower;
  readonly #tenants = new Map<string, OfTenant>();
  #integrity: IntegrityState = noIntegrity;
  #checkedAt: Timestamp | undefined;
  #onChange: (tenantId: string) => void = () => undefined;

  constructor(@Inject(EVENT_STORE) store: EventStore, @Inject(LOGGER) logger: AdapterLogger) {
    this.follower = createFollower(store, {
      name: 'posture-measures',
      prefixes: ['action-', 'device-', 'trust_lock-', 'response-', checksStream(systemTenant)],
      onEvent: (event) => this.#fold(event),
      logger,
      rests: 1,
    });
  }

  /**
   * Sets the listener for tenants whose measures may have changed; called once, before the index
   * starts.
   */
  onChange(listener: (tenantId: string) => void): void {
    this.#onChange = listener;
  }

  tenants(): readonly string[] {
    return [...this.#tenants.keys()];
  }

  measuresOf(tenantId: string, now: Timestamp): TenantMeasures {
    const of = this.#tenants.get(tenantId);
    return {
      trust_locked: of?.guard.locked ?? false,
      reputation_score: of?.actions.reputation(now) ?? 100,
      forecast_risk: of?.actions.forecast(now) ?? 'low',
      recent_responses: of === undefined ? 0 : recentResponses(of.runs, now),
    };
  }

  /** The score and the time of its last check; null before the first check. */
  integrity(): { readonly value: number; readonly at: Timestamp } | null {
    const value = integrityScore(this.#integrity);
    return value === null || this.#checkedAt === undefined ? null : { value, at: this.#checkedAt };
  }

  guardOf(tenantId: string): TrustLockState {
    return this.#tenants.get(tenantId)?.guard ?? trustLockDecider.initial;
  }

  #fold(event: RecordedEvent): void {
    const stream = parseStream(event.stream);
    if (stream === undefined) return;
    const { category, tenant, id } = stream;
    if (category === 'posture') {
      if (event.stream !== checksStream(systemTenant) || event.type !== 'IntegrityChecked') return;
      this.#checkedAt = event.metadata.occurred_at;
      this.#integrity = withCheck(this.#integrity, event.data as IntegrityCheck);
      this.#onChange(tenant);
      return;
    }
    const of = this.#of(tenant);
    if (category === 'action') {
      if (of.actions.fold(event as unknown as ActionFact)) this.#onChange(tenant);
      return;
    }
    if (category === 'device') {
      if (of.actions.foldDevice(id, event.type)) this.#onChange(tenant);
      return;
    }
    if (category === 'trust_lock') {
      if (event.stream !== trustLockStream(tenant)) return;
      of.guard = evolveRecorded(trustLockDecider, of.guard, event);
    } else if (!isResponseWork(id)) this.#response(of, id, event);
    this.#onChange(tenant);
  }

  #response({ runs }: OfTenant, id: string, { type, data, metadata }: RecordedEvent): void {
    if (type === 'ResponsePlanned' && (data as { readonly mode?: string }).mode === 'apply')
      runs.set(id, metadata.occurred_at);
    if (type === 'ResponseBlocked') runs.delete(id);
    const since = Date.parse(metadata.occurred_at) - responsesWithinMs;
    for (const [run, at] of runs) if (Date.parse(at) <= since || runs.size > mostRuns) runs.delete(run);
  }

  #of(tenant: string): OfTenant {
    const known = this.#tenants.get(tenant);
    if (known !== undefined) return known;
    const fresh: OfTenant = {
      actions: new ActionMeasures(),
      runs: new Map(),
      guard: trustLockDecider.initial,
    };
    this.#tenants.set(tenant, fresh);
    return fresh;
  }
}
