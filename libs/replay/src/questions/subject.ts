import { parseStream } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { StreamOf } from '../stream-replay.js';

/** The shortest beginning of an id that counts as one. */
const leastOfId = 4;

/**
 * Finds the streams that a text means, by their ids: the id itself, the id of an action's intent,
 * or at least four characters of the id's beginning.
 */
export class Subject {
  readonly #asked: string;
  readonly #exact = new Set<string>();
  readonly #begun = new Set<string>();

  constructor(asked: string) {
    this.#asked = asked;
  }

  /** True if the event's stream may be meant. The stream's first event decides. */
  takes({ type, stream, data }: RecordedEvent, { id }: StreamOf): boolean {
    const intent =
      type === 'IntentAccepted'
        ? (data as { readonly intent?: { readonly intent_id?: unknown } }).intent?.intent_id
        : undefined;
    if (id === this.#asked || intent === this.#asked) this.#exact.add(id);
    else if (this.#asked.length >= leastOfId && id.startsWith(this.#asked)) this.#begun.add(id);
    return this.#exact.has(id) || this.#begun.has(id) || this.#exact.has(stream);
  }

  /** True if a stream is meant, once all events were taken. */
  means(stream: string): boolean {
    const id = parseStream(stream)?.id ?? '';
    return this.#exact.size > 0 ? this.#exact.has(id) : this.#begun.has(id);
  }

  /** The ids that are meant; several if the text is the beginning of several. */
  ids(): readonly string[] {
    return [...(this.#exact.size > 0 ? this.#exact : this.#begun)];
  }
}
