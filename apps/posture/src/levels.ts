import { systemTenant } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { LOGGER, nowText, serviceCommandContext } from '@interlock/platform';
import { levelDecider, levelStream, type PostureAssessment, type RecordLevel } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { LevelHandler } from './handlers.js';
import { PostureIndex } from './posture-index.js';

/**
 * How often levels are checked without an event, because a signal grows stale and a dwell ends by
 * time alone.
 */
const everyMs = 1000;

/**
 * Writes `PostureChanged` whenever a tenant's level changes: after a change of a signal or setting,
 * and as time passes.
 */
@Injectable()
export class Levels {
  readonly #dirty = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #running: Promise<void> | undefined;
  #failing = false;
  #onRecorded: (posture: PostureAssessment) => void = () => undefined;

  constructor(
    private readonly handler: LevelHandler,
    private readonly index: PostureIndex,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {
    index.onChange((tenantId) => this.look([tenantId]));
  }

  /** Sets the listener for the posture of every change that this process records; called once. */
  onRecorded(listener: (posture: PostureAssessment) => void): void {
    this.#onRecorded = listener;
  }

  start(): void {
    this.#timer = setInterval(() => this.look(this.index.tenants()), everyMs);
    this.#timer.unref();
  }

  async stop(): Promise<void> {
    clearInterval(this.#timer);
    this.#timer = undefined;
    this.#dirty.clear();
    await this.#running;
  }

  /**
   * Checks these tenants soon. With `_system` among them it checks all, because its signals count
   * for every tenant.
   */
  look(tenants: readonly string[]): void {
    for (const tenant of tenants.includes(systemTenant) ? [...this.index.tenants(), ...tenants] : tenants)
      this.#dirty.add(tenant);
    if (this.#timer !== undefined)
      this.#running ??= this.#run().finally(() => {
        this.#running = undefined;
      });
  }

  /** Records a tenant's level if it differs from the last recorded one, and returns the posture. */
  async record(tenantId: string): Promise<PostureAssessment> {
    const { index } = this;
    const now = nowText();
    const posture = index.assess(tenantId, now);
    const command: RecordLevel = {
      kind: 'RecordLevel',
      policy: posture.policy,
      target: posture.target,
      floor: posture.floor,
      dwell_s: index.configOf(tenantId).config.dwell_s,
      now,
      reasons: posture.effective_reasons,
      red_triggers: posture.red_triggers,
      orange_triggers: posture.orange_triggers,
      yellow_triggers: posture.yellow_triggers,
      inputs: posture.inputs,
    };
    if (levelDecider.decide(command, index.historyOf(tenantId)).length === 0) return posture;
    const context = serviceCommandContext('posture', tenantId, { now });
    const { events } = await this.handler.handle(levelStream(tenantId), command, context);
    if (events.length > 0) this.#onRecorded(posture);
    return posture;
  }

  async #run(): Promise<void> {
    // INVARIANT: the index is complete only after the follower has started. Before that, a level
    // could come from half the signals.
    for (const tenant of this.#dirty) {
      this.#dirty.delete(tenant);
      try {
        await this.record(tenant);
        this.#failing = false;
      } catch (error) {
        if (!this.#failing)
          this.logger.warn({ err: error, tenant_id: tenant }, 'the level could not be recorded');
        this.#failing = true;
      }
    }
  }
}
