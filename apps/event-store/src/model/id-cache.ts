/**
 * Recent event ids by stream. A repeated append without an exact revision is idempotent while they
 * are remembered. The cache is bounded and lost at restart, so this is best effort. Two generations
 * alternate, because dropping a whole map is far cheaper than dropping its oldest entry each time.
 */
export class IdCache {
  readonly #generation: number;
  #young = new Map<string, number>();
  #old = new Map<string, number>();

  /** Remembers between half of `limit` and `limit` ids. */
  constructor(limit: number) {
    this.#generation = Math.max(1, Math.floor(limit / 2));
  }

  /** An id that is written again keeps its first revision, as on the real server. */
  remember(streamId: number, id: string, revision: number): void {
    const key = `${streamId}:${id}`;
    if (this.#young.has(key) || this.#old.has(key)) return;
    if (this.#young.size >= this.#generation) {
      this.#old = this.#young;
      this.#young = new Map();
    }
    this.#young.set(key, revision);
  }

  revisionOf(streamId: number, id: string): number | undefined {
    const key = `${streamId}:${id}`;
    return this.#young.get(key) ?? this.#old.get(key);
  }

  forget(): void {
    this.#young.clear();
    this.#old.clear();
  }
}
