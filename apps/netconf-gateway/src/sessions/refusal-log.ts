import type { TxLogger } from '../tx/context.js';

/** The shortest time between two log lines about any refused caller, and about the same one. */
const logEveryMs = { any: 1000, same: 600_000 } as const;
/** How many refused callers are remembered for this. */
const mostRemembered = 1024;

/** Logs refused callers, who can call as often as they like, rarely enough. */
export class RefusalLog {
  /** When a refusal of a caller was logged, by `performance.now()`. */
  readonly #logged = new Map<string, number>();
  #loggedAt = -Infinity;

  constructor(
    private readonly logger: Pick<TxLogger, 'warn'>,
    private readonly message: string,
  ) {}

  /** Logs a refusal. `caller` says which ones are of the same caller, for the same reason. */
  warn(caller: string, fields: object): void {
    const now = performance.now();
    const last = this.#logged.get(caller) ?? -Infinity;
    if (now - this.#loggedAt < logEveryMs.any || now - last < logEveryMs.same) return;
    if (this.#logged.size >= mostRemembered) this.#logged.clear();
    this.#logged.set(caller, now);
    this.#loggedAt = now;
    this.logger.warn(fields, this.message);
  }
}
