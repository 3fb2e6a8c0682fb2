/**
 * Runs at most one task at a time. Of the questions that arrive meanwhile, only the last one is
 * asked next.
 */
export class LatestOnly<Q> {
  #busy = false;
  #next: { readonly question: Q } | undefined;
  #revision = 0;

  constructor(private readonly send: (question: Q, revision: number) => void) {}

  /**
   * Asks now, or as soon as the current task has ended. Answers to earlier questions become stale.
   */
  ask(question: Q): void {
    this.#revision += 1;
    if (this.#busy) this.#next = { question };
    else this.#begin(question);
  }

  /**
   * Reports that the answer to a revision arrived. Returns whether it is the answer to the latest
   * question.
   */
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
