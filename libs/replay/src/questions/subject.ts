import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { StreamOf } from '../stream-replay.js';

/** The fewest characters at an id's beginning that identify it. */
const leastOfId = 4;

/**
 * Finds the streams that a text refers to, by their ids: the id itself, the id of an action's
 * intent, or at least four characters of the id's beginning.
 */
export class Subject {
  readonly #asked: string;
  readonly #exact = new Set<string>();
  readonly #begun = new Set<string>();

  constructor(asked: string) {
    this.#asked = asked;
  }

  /** True if the text may refer to the event's stream. The stream's first event decides. */
  takes({ type, stream, data }: RecordedEvent, { id }: StreamOf): boolean {
    const intent =
      type === 'IntentAccepted'
        ? (data as { readonly intent?: { readonly intent_id?: unknown } }).intent?.intent_id
        : undefined;
    if (id === this.#asked || intent === this.#asked) this.#exact.add(id);
    else if (this.#asked.length >= leastOfId && id.startsWith(this.#asked)) this.#begun.add(id);
    return this.#exact.has(id) || this.#begun.has(id) || this.#exact.has(stream);
  }

  /** True if the text refers to a stream, once all events were taken. */
  means(stream: string): boolean {
    const id = parseStream(stream)?.id ?? '';
    return this.#exact.size > 0 ? this.#exact.has(id) : this.#begun.has(id);
  }

  /** Returns the ids that the text refers to; several if it is the beginning of several. */
  ids(): readonly string[] {
    return [...(this.#exact.size > 0 ? this.#exact : this.#begun)];
  }
}
