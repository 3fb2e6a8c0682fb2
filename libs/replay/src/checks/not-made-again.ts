import { positionText, type RecordedEvent } from '@interlock/kernel';
import type { OpenDecisions } from '../report.js';

/** How many different reasons are listed; further ones are counted together. */
export const mostListed = 200;

/** The decisions that were not made again, by kind and reason, with the first event of each. */
export class NotMadeAgain {
  readonly #byReason = new Map<
    string,
    { -readonly [member in keyof OpenDecisions]: OpenDecisions[member] }
  >();

  add({ stream, revision, position, id, type }: RecordedEvent, kind: string, because: string): void {
    const listed = this.#byReason.has(`${kind} ${because}`) || this.#byReason.size < mostListed;
    const [ofKind, reason] = listed ? [kind, because] : ['others', 'there are more reasons than are listed'];
    const known = this.#byReason.get(`${ofKind} ${reason}`);
    if (known !== undefined) {
      known.count += 1;
      return;
    }
    const first = { stream, revision: `${revision}`, position: positionText(position), id, type };
    this.#byReason.set(`${ofKind} ${reason}`, { kind: ofKind, because: reason, count: 1, first });
  }

  get list(): readonly OpenDecisions[] {
    return [...this.#byReason.values()].map((one) => ({ ...one }));
  }
}
