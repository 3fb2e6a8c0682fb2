import { parseStream, systemTenant, type PostureSignalName, type Timestamp } from '@interlock/contracts';
import { createFollower, type AdapterLogger, type LogFollower } from '@interlock/eventstore';
import {
  evolveRecorded,
  positionText,
  type EventStore,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';
import { EVENT_STORE, LOGGER } from '@interlock/platform';
import {
  assess,
  isSignalName,
  levelDecider,
  postureConfigDecider,
  postureRunDecider,
  signalDecider,
  type LevelHistory,
  type PostureAssessment,
  type PostureConfigState,
  type PostureRunState,
  type SignalState,
  type SignalStates,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';

type OfTenant = {
  signals: { [name in PostureSignalName]?: SignalState };
  config?: PostureConfigState;
  history?: LevelHistory;
  runs?: PostureRunState;
};

const nothing: OfTenant = { signals: {} };

/** Signals, settings and levels of every tenant, updated from the log. */
@Injectable()
export class PostureIndex {
  readonly follower: LogFollower;
  readonly #tenants = new Map<string, OfTenant>();
  readonly #listeners: ((tenantId: string) => void)[] = [];

  constructor(@Inject(EVENT_STORE) store: EventStore, @Inject(LOGGER) logger: AdapterLogger) {
    this.follower = createFollower(store, {
      name: 'posture',
      prefixes: ['signal-', 'posture-'],
      onEvent: (event) => this.#fold(event),
      logger,
    });
  }

  /**
   * Adds a listener for the tenant of every new signal and setting; called before the index starts.
   */
  onChange(listener: (tenantId: string) => void): void {
    this.#listeners.push(listener);
  }

  /** Every tenant that has a signal, a setting or a level. */
  tenants(): readonly string[] {
    return [...this.#tenants.keys()];
  }

  configOf(tenantId: string): PostureConfigState {
    return this.#tenants.get(tenantId)?.config ?? postureConfigDecider.initial;
  }

  /**
   * The shortest time after which a signal is stale for any tenant, in seconds; null if it never
   * is.
   */
  shortestAgeS(name: PostureSignalName): number | null {
    const ages = [
      postureConfigDecider.initial,
      ...[...this.#tenants.values()].flatMap(({ config }) => config ?? []),
    ]
      .map(({ config }) => config.max_age_s[name])
      .filter((age) => age !== null);
    return ages.length === 0 ? null : Math.min(...ages);
  }

  historyOf(tenantId: string): LevelHistory {
    return this.#tenants.get(tenantId)?.history ?? levelDecider.initial;
  }

  runsOf(tenantId: string): PostureRunState {
    return this.#tenants.get(tenantId)?.runs ?? postureRunDecider.initial;
  }

  signalsOf(tenantId: string): SignalStates {
    return this.#tenants.get(tenantId)?.signals ?? nothing.signals;
  }

  /** The tenant's posture at a time, from the index. */
  assess(tenantId: string, now: Timestamp): PostureAssessment {
    return assess({
      tenant_id: tenantId,
      own: this.signalsOf(tenantId),
      system: this.signalsOf(systemTenant),
      config: this.configOf(tenantId).config,
      history: this.historyOf(tenantId),
      now,
      version: positionText(this.follower.position() ?? { commit: 0n, prepare: 0n }),
    });
  }

  /**
   * Makes sure that the index is current: confirmed within the last 2 s, or read again if `fresh`.
   * Throws `not-current`.
   */
  current(fresh: boolean): Promise<void> {
    return this.follower.ensureCurrent(fresh);
  }

  /**
   * Reads to the log's end; throws `read-model-behind` if even that is before the requested
   * position.
   */
  atLeast(position: Position | null): Promise<void> {
    return this.follower.confirmAtLeast(position);
  }

  #fold(event: RecordedEvent): void {
    const stream = parseStream(event.stream);
    if (stream === undefined) return;
    const { category, tenant, id } = stream;
    const of = this.#tenants.get(tenant) ?? { signals: {} };
    if (category === 'signal' && isSignalName(id))
      of.signals = {
        ...of.signals,
        [id]: evolveRecorded(signalDecider, of.signals[id] ?? signalDecider.initial, event),
      };
    else if (id === 'config')
      of.config = evolveRecorded(postureConfigDecider, of.config ?? postureConfigDecider.initial, event);
    else if (id === 'level')
      of.history = evolveRecorded(levelDecider, of.history ?? levelDecider.initial, event);
    else if (id === 'runs')
      of.runs = evolveRecorded(postureRunDecider, of.runs ?? postureRunDecider.initial, event);
    else return;
    this.#tenants.set(tenant, of);
    if (category === 'signal' || id === 'config') for (const listener of this.#listeners) listener(tenant);
  }
}
