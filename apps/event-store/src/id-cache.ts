/**
 * Ids of recent events, by stream: makes a repeated append without an exact revision idempotent as
 * long as it is remembered. Bounded, forgotten at restart, and so only best effort.
 */
export class IdCache {
  readonly #limit: number;
  readonly #revisions = new Map<string, number>();

  constructor(limit: number) {
    this.#limit = limit;
  }

  remember(streamId: number, id: string, revision: number): void {
    if (this.#revisions.size >= this.#limit) {
      const oldest = this.#revisions.keys().next();
      if (oldest.done !== true) this.#revisions.delete(oldest.value);
    }
    this.#revisions.set(`${streamId}:${id}`, revision);
  }

  revisionOf(streamId: number, id: string): number | undefined {
    return this.#revisions.get(`${streamId}:${id}`);
  }

  forget(): void {
    this.#revisions.clear();
  }
}
