/**
 * Work of which only the latest counts: at most one is under way, and of what is asked meanwhile
 * only the last is done next.
 */
export class LatestOnly<Q> {
  #busy = false;
  #next: { readonly question: Q } | undefined;
  #revision = 0;

  constructor(private readonly send: (question: Q, revision: number) => void) {}

  /**
   * Asks, now or as soon as what is under way has ended; answers to anything before are stale from
   * now on.
   */
  ask(question: Q): void {
    this.#revision += 1;
    if (this.#busy) this.#next = { question };
    else this.#begin(question);
  }

  /** Says that the answer to a revision came; true where it is the latest that was asked. */
  answered(revision: number): boolean {
    this.#busy = false;
    const next = this.#next;
    this.#next = undefined;
    if (next !== undefined) this.#begin(next.question);
    return next === undefined && revision === this.#revision;
  }

  #begin(question: Q): void {
    this.#busy = true;
    this.send(question, this.#revision);
  }
}
