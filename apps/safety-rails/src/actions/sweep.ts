import { LOGGER } from '@interlock/platform';
import { Inject, Injectable } from '@nestjs/common';
import type { Logger } from 'pino';
import { RailsConfig } from '../config.js';
import { OpenActions } from './open-actions.js';
import { Orchestrator } from './orchestrator.js';

/**
 * Looks at every unfinished action at the start and every few seconds, so that none waits for a
 * lost message.
 */
@Injectable()
export class Sweep {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    @Inject(OpenActions) private readonly open: Pick<OpenActions, 'current' | 'list'>,
    @Inject(Orchestrator) private readonly orchestrator: Pick<Orchestrator, 'wake' | 'hasTimer'>,
    @Inject(RailsConfig) private readonly config: Pick<RailsConfig, 'SAFETY_RAILS_SWEEP_S'>,
    @Inject(LOGGER) private readonly logger: Pick<Logger, 'warn'>,
  ) {}

  start(): void {
    void this.#round();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #round(): Promise<void> {
    let next = this.config.SAFETY_RAILS_SWEEP_S * 1000;
    try {
      await this.open.current();
      for (const { tenant_id: tenantId, action_id: actionId, resting } of this.open.list()) {
        // An action that only waits for a person, with its timer set here, cannot have missed
        // anything.
        if (!resting || !this.orchestrator.hasTimer(tenantId, actionId))
          this.orchestrator.wake(tenantId, actionId);
      }
    } catch (error) {
      this.logger.warn({ err: error }, 'unfinished actions could not be listed, it is tried again');
      next = 1000;
    }
    if (!this.#stopped)
      this.#timer = setTimeout(() => {
        void this.#round();
      }, next);
  }
}
