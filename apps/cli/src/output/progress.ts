import { screenOf, type Screen } from './screen.js';
import { cut } from './table.js';
import { durationText } from './times.js';

/** The stream for progress: a terminal beside the answer. */
type Bar = NodeJS.WritableStream & { readonly isTTY?: boolean; readonly columns?: number };

const begin = '\r\u001b[2K';
/** The time before progress is shown, in milliseconds. Shorter work shows none. */
const quietMs = 1000;
const everyMs = 100;
const barColumns = 20;

/**
 * Returns the progress of work in one line: `verifying  ████░░░░  12,000 of 40,000 events  3 s`.
 */
export const progressText = (
  what: string,
  unit: string,
  done: number,
  total: number | undefined,
  ms: number,
): string => {
  const count = Math.floor(done).toLocaleString('en-US');
  if (total === undefined || total <= 0) return `${what}  ${count} ${unit}  ${durationText(ms)}`;
  const share = Math.min(1, done / total);
  const full = Math.floor(share * barColumns);
  return `${what}  ${'█'.repeat(full)}${'░'.repeat(barColumns - full)}  ${count} of ${total.toLocaleString('en-US')} ${unit}  ${durationText(ms)}`;
};

/** Progress of work that may take longer than a second; silent without a terminal. */
export class Progress {
  readonly #begun: number;
  readonly #screen: Screen;
  #drawn = 0;
  #isDrawn = false;
  #done = 0;

  constructor(
    private readonly what: string,
    private readonly unit: string,
    private readonly total?: number,
    private readonly stream: Bar = process.stderr,
    private readonly clock: () => number = () => performance.now(),
  ) {
    this.#begun = this.clock();
    this.#screen = screenOf(stream);
  }

  /** Adds to the number done. */
  add(count = 1): void {
    this.at(this.#done + count);
  }

  /** Sets the number done. */
  at(done: number): void {
    this.#done = done;
    if (!this.#screen.isTerminal) return;
    const now = this.clock();
    if (now - this.#begun < quietMs || now - this.#drawn < everyMs) return;
    this.#drawn = now;
    this.#isDrawn = true;
    const text = progressText(this.what, this.unit, done, this.total, now - this.#begun);
    this.stream.write(`${begin}${cut(text, (this.#screen.columns ?? 80) - 1)}`);
  }

  /** Removes the line. */
  end(): void {
    if (this.#isDrawn) this.stream.write(begin);
    this.#isDrawn = false;
  }
}
