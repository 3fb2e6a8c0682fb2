import { parseStream } from '@interlock/contracts';
import { printable, type RecordedEvent } from '@interlock/kernel';
import { isProvable, type ExportFilter } from '@interlock/tree';
import { isKnown } from '../checks/known-events.js';
import type { FoldAnswer, QuestionFold } from './answer.js';
import { questions, type Asked, type QuestionName } from './questions.js';

/** The answer to a question, from the events that were read. */
export type Answer = FoldAnswer & {
  readonly question: QuestionName;
  readonly asked: Asked;
  readonly events: number;
};

const mostNamed = 10;
const few = (of: readonly string[]): readonly string[] =>
  of.length <= mostNamed ? of : [...of.slice(0, mostNamed), `and ${of.length - mostNamed} more`];

/**
 * One question to a log. It takes the events of a tenant in order. The answer names what a full
 * answer needs and was not among them.
 */
export class LogQuestion {
  readonly #name: QuestionName;
  readonly #asked: Asked;
  readonly #fold: QuestionFold;
  readonly #next = new Map<string, bigint>();
  readonly #gaps = new Map<string, string>();
  readonly #unreadable: string[] = [];
  readonly #leftOut: string[] = [];
  #events = 0;

  constructor(name: QuestionName, asked: Asked) {
    this.#name = name;
    this.#asked = asked;
    this.#fold = questions[name].fold(asked);
  }

  /** Takes the log's next event. Events of other categories change nothing. */
  take(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of === undefined || !(questions[this.#name].categories as readonly string[]).includes(of.category))
      return;
    this.#events += 1;
    this.#follow(event);
    const name = `${event.type} at position ${event.position.commit}`;
    if (!isKnown(of, event.type, event.metadata.schema_version)) {
      this.#unreadable.push(`${printable(name)}: this release does not know it`);
      return;
    }
    try {
      this.#fold.take(event, of);
    } catch (error) {
      if (!(error instanceof TypeError)) throw error;
      this.#unreadable.push(`${printable(name)}: it does not have the shape of its type`);
    }
  }

  /** Takes an event of `_system` that the tenant's events refer to. */
  takeNamed(event: RecordedEvent): void {
    const of = parseStream(event.stream);
    if (of !== undefined) this.#fold.take(event, of);
  }

  /**
   * Notes that the events come from a file. `filter` is that of its seal; null if the seal names
   * none.
   */
  takeFilter(filter: ExportFilter | null): void {
    if (filter === null) {
      this.#leftOut.push('whatever was left out of the file: it has no seal that says what it holds');
      return;
    }
    const { categories, correlation } = filter;
    const { categories: needed, subject } = questions[this.#name];
    const without = categories === undefined ? [] : needed.filter((one) => !categories.includes(one));
    if (without.length > 0)
      this.#leftOut.push(`the categories ${without.join(', ')}: the export is without them`);
    if (!isProvable(filter) || (correlation !== undefined && !subject))
      this.#leftOut.push(
        `the rest of the log: the export has only ${Object.entries(filter)
          .map(([name, value]) => `${name} ${printable(String(value))}`)
          .join(', ')}`,
      );
  }

  answer(): Answer {
    const answer = this.#fold.answer();
    const { relevant } = this.#fold;
    const gaps = [...this.#gaps].flatMap(([stream, gap]) =>
      relevant === undefined || relevant(parseStream(stream)!, stream) ? [gap] : [],
    );
    return {
      question: this.#name,
      asked: this.#asked,
      events: this.#events,
      ...answer,
      summary: answer.found ? answer.summary : `the events hold nothing about ${this.#asked.id ?? 'it'}`,
      missing: [...this.#leftOut, ...few(gaps), ...few(this.#unreadable), ...few(answer.missing)],
    };
  }

  #follow({ stream, revision }: RecordedEvent): void {
    const expected = this.#next.get(stream) ?? 0n;
    if (revision > expected && !this.#gaps.has(stream))
      this.#gaps.set(stream, `revisions ${expected} to ${revision - 1n} of ${printable(stream)}`);
    this.#next.set(stream, revision + 1n);
  }
}
