import type { Logger } from 'pino';
import type { ActionsQueries } from './actions.queries.js';
import type { Orchestrator } from './orchestrator.js';

/** At start and every few seconds: every unfinished action is looked at, so that nothing waits for a message that was lost. */
export class Sweep {
  #timer: NodeJS.Timeout | undefined;
  #stopped = false;

  constructor(private readonly parts: { readonly queries: ActionsQueries; readonly orchestrator: Orchestrator; readonly logger: Logger; readonly everyS: number }) {}

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
      for (const action of await this.parts.queries.unfinished()) this.parts.orchestrator.wake(action.tenant_id, action.action_id);
    } catch (error) {
      this.parts.logger.warn({ err: error }, 'unfinished actions could not be listed, it is tried again');
      next = 1000;
    }
    if (!this.#stopped) this.#timer = setTimeout(() => { void this.#round(); }, next);
  }
}
