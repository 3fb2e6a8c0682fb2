import { comparePositions, parsePosition, positionText, type Position } from '@interlock/kernel';
import type { JetStreamManager, KV, MsgHdrs, NatsConnection } from 'nats';
import { eventsStream, isMissing, openRelayBucket } from '../connection/relay-buckets.js';

const key = 'position';
/** How many messages of other writers are searched for our last one. */
const lookBack = 1000;

/** A position in the log, and the event there; null if it is not known. */
export type Reached = { readonly position: Position; readonly id: string | null };

/** The copy of the relay's place, for the time when all messages have aged out. */
export class KeptPlace {
  readonly #kv: KV;

  private constructor(kv: KV) {
    this.#kv = kv;
  }

  static async open(connection: NatsConnection): Promise<KeptPlace> {
    return new KeptPlace(await openRelayBucket(connection, 'interlock_relay_checkpoint'));
  }

  async get(): Promise<Reached | null> {
    const [at, id] = (await this.#kv.get(key))?.string().split(' ') ?? [];
    const position = parsePosition(at ?? '');
    return position === undefined ? null : { position, id: id ?? null };
  }

  async put({ position, id }: Reached): Promise<void> {
    await this.#kv.put(key, id === null ? positionText(position) : `${positionText(position)} ${id}`);
  }

  async forget(): Promise<void> {
    await this.#kv.purge(key);
  }
}

/** The later of two positions; an unknown one is the earliest. */
export const later = (a: Reached | null, b: Reached | null): Reached | null => {
  if (a === null || b === null) return a ?? b;
  return comparePositions(a.position, b.position) >= 0 ? a : b;
};

/** The position in a message; `undefined` if the message is gone, or another user wrote it. */
const reachedAt = async (manager: JetStreamManager, sequence: number): Promise<Reached | undefined> => {
  try {
    const { header } = (await manager.streams.getMessage(eventsStream, { seq: sequence })) as {
      readonly header?: MsgHdrs;
    };
    const position = parsePosition(header?.get('position') ?? '');
    return position === undefined ? undefined : { position, id: header?.get('Nats-Msg-Id') || null };
  } catch (error) {
    if (isMissing(error)) return undefined;
    throw error;
  }
};

export type RelayPlace = {
  /** Everything up to here is on the bus. */
  readonly after: Reached | null;
  readonly sequence: number;
  /**
   * The time when the stream was created, which distinguishes it from a later one with the same
   * name.
   */
  readonly stream: string;
};

/**
 * True while the stream is the same one and has everything that it had stored. Throws the errors of
 * NATS.
 */
export const isStill = async (
  manager: JetStreamManager,
  stream: string,
  sequence: number,
): Promise<boolean> => {
  try {
    const { created, state } = await manager.streams.info(eventsStream);
    return String(created) === stream && state.last_seq >= sequence;
  } catch (error) {
    if (isMissing(error)) return false;
    throw error;
  }
};

/**
 * Where to continue. The stream's last message from the relay says it. If all have aged out, the
 * kept copy does. A stream that never held anything is filled from the beginning.
 */
export const lastRelayed = async (
  manager: JetStreamManager,
  kept: Pick<KeptPlace, 'get'>,
): Promise<RelayPlace> => {
  const { state, created } = await manager.streams.info(eventsStream);
  const stream = String(created);
  const sequence = state.last_seq;
  if (sequence === 0) return { after: null, sequence, stream };
  const oldest = state.messages > 0 ? Math.max(state.first_seq, sequence - lookBack) : sequence + 1;
  for (let at = sequence; at >= oldest; at -= 1) {
    const after = await reachedAt(manager, at);
    if (after !== undefined) return { after, sequence, stream };
  }
  return { after: await kept.get(), sequence, stream };
};
