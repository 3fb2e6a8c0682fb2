import { ProblemError } from '@interlock/kernel';
import { Inject, Injectable } from '@nestjs/common';
import { RailsConfig } from '../config.js';
import type { Accepted } from './intent-intake.js';
import { Orchestrator } from '../actions/orchestrator.js';

/**
 * Admits only as many intents as can be decided at once, so that none waits too long inside.
 * Intents from the bus wait on the bus: their message is acknowledged when the action has come to
 * rest. A caller that cannot wait there is refused before anything is accepted.
 */
@Injectable()
export class Admission {
  /** The number of intents that were taken from callers that cannot wait, by tenant. */
  readonly #taken = new Map<string, number>();
  #all = 0;

  constructor(
    @Inject(RailsConfig) private readonly config: Pick<RailsConfig, 'SAFETY_RAILS_PLACES'>,
    @Inject(Orchestrator) private readonly orchestrator: Pick<Orchestrator, 'rested'>,
  ) {}

  /**
   * Submits an intent from the bus. Resolves when the action has come to rest: it has ended or
   * waits. Throws what `submit` throws.
   */
  async fromBus(tenantId: string, submit: () => Promise<Accepted>): Promise<Accepted> {
    const accepted = await submit();
    await this.orchestrator.rested(tenantId, accepted.action_id);
    return accepted;
  }

  /**
   * Submits an intent for a caller that waits for the answer. Resolves when the intent is accepted.
   * Throws `overloaded` before that, and what `submit` throws.
   */
  async orRefuse(tenantId: string, submit: () => Promise<Accepted>): Promise<Accepted> {
    const places = this.config.SAFETY_RAILS_PLACES;
    const own = this.#taken.get(tenantId) ?? 0;
    if (this.#all >= places || own >= Math.ceil(places / 2)) {
      throw new ProblemError(
        'overloaded',
        `${own} intents of the tenant and ${this.#all} in all are being decided, and no place is free for this one`,
        { remedy: 'send the same intent again in a second, or publish it on the bus, where it can wait' },
      );
    }
    this.#count(tenantId, 1);
    try {
      const accepted = await submit();
      void this.orchestrator.rested(tenantId, accepted.action_id).finally(() => this.#count(tenantId, -1));
      return accepted;
    } catch (error) {
      this.#count(tenantId, -1);
      throw error;
    }
  }

  #count(tenantId: string, by: 1 | -1): void {
    this.#all += by;
    const own = (this.#taken.get(tenantId) ?? 0) + by;
    if (own === 0) this.#taken.delete(tenantId);
    else this.#taken.set(tenantId, own);
  }
}
