import type { Logger } from 'pino';
import type { OpenActions } from './open-actions.js';
import type { Orchestrator } from './orchestrator.js';

/** At start and every few seconds: every unfinished action is looked at, so that nothing waits for a message that was lost. */
export class Sweep {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(
    private readonly parts: {
      readonly open: Pick<OpenActions, 'current' | 'list'>;
      readonly orchestrator: Pick<Orchestrator, 'wake' | 'hasTimer'>;
      readonly logger: Pick<Logger, 'warn'>;
      readonly everyS: number;
    },
  ) {}

  start(): void {
    void this.#round();
  }

  stop(): void {
    this.#stopped = true;
    clearTimeout(this.#timer);
  }

  async #round(): Promise<void> {
    let next = this.parts.everyS * 1000;
    try {
      await this.parts.open.current();
      for (const { tenant_id: tenantId, action_id: actionId, resting } of this.parts.open.list()) {
        // Nothing can have been missed of what waits for a person alone, once its timer is set here.
        if (!resting || !this.parts.orchestrator.hasTimer(tenantId, actionId))
          this.parts.orchestrator.wake(tenantId, actionId);
      }
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'unfinished actions could not be listed, it is tried again');
      next = 1000;
    }
    if (!this.#stopped)
      this.#timer = setTimeout(() => {
        void this.#round();
      }, next);
  }
}
