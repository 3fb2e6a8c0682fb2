import { setTimeout as delay } from 'node:timers/promises';
import { systemTenant, type JsonValue, type PostureSignalName, type Timestamp } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { LOGGER, newId, nowText, serviceCommandContext } from '@interlock/platform';
import { uuidV5 } from '@interlock/kernel';
import { defaultInputs, lastOf, signalNames, trustLockStream } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { TrustLockHandler } from '../handlers.js';
import { PostureIndex } from '../posture-index.js';
import { Signals } from '../signals.js';
import { LightChecks } from './light-checks.js';
import { MeasureIndex } from './measure-index.js';
import { Votes } from './votes.js';

/** How often changed measures are checked and written. */
const everyMs = 2000;
/**
 * Time alone changes trends, scores and counts, so every tenant is checked again at this interval.
 */
const allEveryMs = 60_000;
const lightEveryMs = 300_000;
const votesEveryMs = 30_000;
/** The shorter interval after a check or vote that failed. */
const againMs = 5000;
/**
 * The age at which `_system`'s own report is renewed, a third of the age at which it is stale. The
 * spread keeps instances apart.
 */
const refreshMs = 270_000;
const spreadMs = 60_000;

const source = 'interlock';

type Measured = { readonly value: JsonValue; readonly at: Timestamp; readonly unwitnessed?: true };

/**
 * Measures the six signals by Interlock's own means and reports them as internal. For `_system` it
 * reports all of them regularly, which shows that measuring continues. For a tenant it reports only
 * changes from its last report. While the log is unreachable nothing is reported, and the signals
 * grow stale.
 */
@Injectable()
export class Measurer {
  readonly #dirty = new Set<string>([systemTenant]);
  readonly #refreshMs = refreshMs + Math.floor(Math.random() * spreadMs);
  readonly #stopped = new AbortController();
  #consensus: Measured | undefined;
  #loops: readonly Promise<void>[] = [];
  #failing = false;

  constructor(
    private readonly measures: MeasureIndex,
    private readonly index: PostureIndex,
    private readonly signals: Signals,
    private readonly light: LightChecks,
    private readonly votes: Votes,
    private readonly guards: TrustLockHandler,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {
    const dirty = (tenantId: string): void => {
      this.#dirty.add(tenantId);
    };
    measures.onChange(dirty);
    index.onChange(dirty);
  }

  start(): void {
    this.#loops = [
      this.#loop(async () => {
        await this.#measure();
        return everyMs;
      }),
      this.#loop(() => {
        for (const tenant of this.measures.tenants()) this.#dirty.add(tenant);
        return Promise.resolve(allEveryMs);
      }),
      this.#loop(async () => ((await this.light.run()) ? lightEveryMs : againMs)),
      this.#loop(async () => {
        const consensus = await this.votes.consensus();
        this.#consensus =
          consensus === null
            ? undefined
            : {
                value: consensus.consensus_pct,
                at: nowText(),
                ...(consensus.unwitnessed ? { unwitnessed: true as const } : {}),
              };
        return consensus === null ? againMs : votesEveryMs;
      }),
    ];
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await Promise.all(this.#loops);
  }

  async #loop(round: () => Promise<number>): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const pause = await round().catch((error: unknown) => {
        this.logger.warn({ err: error }, 'a measurement failed');
        return againMs;
      });
      await delay(pause, undefined, { signal, ref: false }).catch(() => undefined);
    }
  }

  /** Checks every tenant that may have changed, and always `_system`, whose report may be due. */
  async #measure(): Promise<void> {
    try {
      await Promise.all([
        this.measures.follower.ensureCurrent(false),
        this.index.follower.ensureCurrent(false),
      ]);
      this.#dirty.add(systemTenant);
      for (const tenant of [...this.#dirty]) {
        if (this.#stopped.signal.aborted) return;
        this.#dirty.delete(tenant);
        try {
          await this.#tenant(tenant);
        } catch (error) {
          this.#dirty.add(tenant);
          throw error;
        }
      }
      this.#failing = false;
    } catch (error) {
      if (!this.#failing) this.logger.warn({ err: error }, 'the signals could not be measured');
      this.#failing = true;
    }
  }

  async #tenant(tenant: string): Promise<void> {
    await this.#lock(tenant);
    const measured = this.#measuresOf(tenant, nowText());
    for (const name of signalNames) {
      const one = measured[name];
      if (one !== undefined && this.#isDue(tenant, name, one))
        await this.signals.measured({ name, ...one, source }, tenant, newId());
    }
  }

  #measuresOf(tenant: string, at: Timestamp): { readonly [name in PostureSignalName]?: Measured } {
    const { trust_locked, reputation_score, forecast_risk, recent_responses } = this.measures.measuresOf(
      tenant,
      at,
    );
    const integrity = tenant === systemTenant ? this.measures.integrity() : null;
    return {
      trust_locked: { value: trust_locked, at },
      reputation_score: { value: reputation_score, at },
      forecast_risk: { value: forecast_risk, at },
      recent_responses: { value: recent_responses, at },
      // Dated by its last check, so that a stopped check does not look like good news.
      ...(integrity === null ? {} : { integrity_score: integrity }),
      ...(tenant === systemTenant && this.#consensus !== undefined ? { consensus_pct: this.#consensus } : {}),
    };
  }

  #isDue(tenant: string, name: PostureSignalName, { value, at, unwitnessed }: Measured): boolean {
    const state = this.index.signalsOf(tenant)[name];
    const last = state === undefined ? null : lastOf(state, 'internal');
    if (last === null) return tenant === systemTenant || value !== defaultInputs[name];
    if (last.value !== value || last.unwitnessed !== unwitnessed) return true;
    return tenant === systemTenant && Math.abs(Date.parse(at) - Date.parse(last.at)) > this.#refreshOf(name);
  }

  /**
   * Returns the age in milliseconds at which a report is renewed. It is at most a third of the
   * shortest age at which any tenant considers the signal stale.
   */
  #refreshOf(name: PostureSignalName): number {
    const shortestS = this.index.shortestAgeS(name);
    return shortestS === null ? this.#refreshMs : Math.min(this.#refreshMs, (shortestS * 1000) / 3);
  }

  /**
   * INVARIANT: a signal may lock the trust guard, and nothing here unlocks it. After a person
   * unlocked it, earlier reports do not lock it again.
   */
  async #lock(tenant: string): Promise<void> {
    const report = this.index.signalsOf(tenant).trust_locked?.report;
    const { locked, since } = this.measures.guardOf(tenant);
    if (
      report?.value !== true ||
      locked ||
      (since !== null && Date.parse(report.at) <= Date.parse(since)) ||
      this.index.configOf(tenant).config.sources?.trust_locked === 'internal'
    )
      return;
    const commandId = uuidV5('trust-lock', tenant, report.at);
    await this.guards.handle(
      trustLockStream(tenant),
      {
        kind: 'LockTrust',
        reason: `the signal trust_locked of ${report.source} says so`,
        cause: 'signal',
      },
      serviceCommandContext('posture', tenant, { commandId }),
    );
  }
}
