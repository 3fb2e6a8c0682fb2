import type { JsonObject } from '@interlock/contracts';

type Kept = { readonly result: JsonObject; readonly bytes: number; readonly at: number };

const keptForMs = 3_600_000;
const mostBytes = 64 * 1024 * 1024;

/**
 * Keeps the results of tools that this process has called until they are fetched. It keeps each for
 * an hour at most, and drops the oldest if there are too many.
 */
export class Results {
  readonly #kept = new Map<string, Kept>();
  #bytes = 0;

  constructor(private readonly clock: () => number = () => performance.now()) {}

  put(tenantId: string, actionId: string, result: JsonObject, bytes: number): void {
    this.#drop(`${tenantId} ${actionId}`);
    this.#kept.set(`${tenantId} ${actionId}`, { result, bytes, at: this.clock() });
    this.#bytes += bytes;
    for (const [key, { at }] of this.#kept) {
      if (this.#bytes <= mostBytes && this.clock() - at < keptForMs) break;
      this.#drop(key);
    }
  }

  get(tenantId: string, actionId: string): JsonObject | undefined {
    const kept = this.#kept.get(`${tenantId} ${actionId}`);
    return kept === undefined || this.clock() - kept.at >= keptForMs ? undefined : kept.result;
  }

  #drop(key: string): void {
    this.#bytes -= this.#kept.get(key)?.bytes ?? 0;
    this.#kept.delete(key);
  }
}
