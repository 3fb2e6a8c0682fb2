import {
  type DefaultAccess,
  METASTREAM_METADATA,
  NO_METADATA,
  parseMetadata,
  parseSettings,
  type StreamMetadata,
} from '../model/metadata.js';
import { describedBy, metastreamOf, SETTINGS_STREAM } from '../model/model.js';
import type { Storage } from './storage.js';

/**
 * The writer's state of a stream; `id` is 0 until its first event is inserted, `last` is -1 without
 * events.
 */
export type StreamState = {
  readonly name: string;
  id: number;
  last: number;
  tombstoned: boolean;
  metadata: StreamMetadata | undefined;
};

const CACHED_STREAMS = 50_000;
/** Streams with a longer name are not cached. */
const CACHED_NAME = 1024;

/** The state of streams, cached; the cache is dropped whenever a transaction fails. */
export class Streams {
  readonly #storage: Storage;
  #states = new Map<string, StreamState>();
  #defaultAccess: DefaultAccess | undefined;

  constructor(storage: Storage) {
    this.#storage = storage;
  }

  /** A stream's state if it is cached. */
  known(name: string): StreamState | undefined {
    return this.#states.get(name);
  }

  get(name: string): StreamState {
    const cached = this.#states.get(name);
    if (cached !== undefined) return cached;
    const tail = this.#storage.tail(name);
    const state: StreamState = {
      name,
      id: tail?.id ?? 0,
      last: tail?.last ?? -1,
      tombstoned: tail?.tombstoned ?? false,
      metadata: undefined,
    };
    // Names may be long, and anybody may ask for streams that do not exist.
    if (name.length > CACHED_NAME) return state;
    // A write may still hold an evicted state. That is harmless, because the next lookup reads the
    // table, which that write has changed.
    if (this.#states.size >= CACHED_STREAMS) this.#trim();
    this.#states.set(name, state);
    return state;
  }

  metadata(state: StreamState): StreamMetadata {
    if (state.metadata === undefined) {
      if (describedBy(state.name) !== undefined) {
        state.metadata = METASTREAM_METADATA;
      } else {
        const data = this.metadataEvent(state.name);
        state.metadata = data === undefined ? NO_METADATA : parseMetadata(data);
      }
    }
    return state.metadata;
  }

  /** The data of the stream's last `$metadata` event. */
  metadataEvent(name: string): Uint8Array | undefined {
    return this.#lastData(metastreamOf(name));
  }

  /** The access lists of streams without their own list. */
  defaultAccess(): DefaultAccess {
    if (this.#defaultAccess === undefined) {
      const data = this.#lastData(SETTINGS_STREAM);
      this.#defaultAccess = data === undefined ? {} : parseSettings(data);
    }
    return this.#defaultAccess;
  }

  /** The same, if cached. */
  get knownAccess(): DefaultAccess | undefined {
    return this.#defaultAccess;
  }

  /** True if the stream, or the stream that it describes, is tombstoned. */
  isTombstoned(state: StreamState): boolean {
    if (state.tombstoned) return true;
    const described = describedBy(state.name);
    return described !== undefined && this.get(described).tombstoned;
  }

  /** Call it when an event was written to a stream: the cached data that it affects is dropped. */
  written(name: string): void {
    if (!name.startsWith('$')) return;
    const described = describedBy(name);
    const state = described === undefined ? undefined : this.#states.get(described);
    if (state !== undefined) state.metadata = undefined;
    if (name === SETTINGS_STREAM) this.#defaultAccess = undefined;
  }

  /** Call it when another connection has written to a stream: its cached state is dropped. */
  changed(name: string): void {
    this.#states.delete(name);
    this.#states.delete(metastreamOf(name));
    this.written(name);
  }

  forget(): void {
    this.#states.clear();
    this.#defaultAccess = undefined;
  }

  #lastData(name: string): Uint8Array | undefined {
    const { id, last } = this.get(name);
    return last < 0 ? undefined : this.#storage.lastEvent(id)?.data;
  }

  #trim(): void {
    let surplus = this.#states.size / 2;
    for (const name of this.#states.keys()) {
      if (surplus-- <= 0) return;
      this.#states.delete(name);
    }
  }
}
