import type { Delivery } from '../messages/delivery.js';

export type LaneLimits = {
  /** The total number that is handled at once. */
  readonly concurrency: number;
  /** The number of one lane that is handled at once. */
  readonly share: number;
  /** How many messages of one lane may wait here, and their bytes. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** How many messages may wait here in total, and their bytes. */
  readonly waitingInAll: number;
  readonly waitingBytesInAll: number;
};
type Lane = { readonly waiting: Delivery[]; bytes: number; running: number };

/**
 * The messages that a consumer has in hand, by lane. Each lane keeps its order, and the lanes take
 * turns. So the next message of a lane waits for at most one of each other lane, however many they
 * have. Empty lanes are dropped.
 */
export class Lanes {
  readonly #limits: LaneLimits;
  /** In the order of their turns. */
  readonly #lanes = new Map<string, Lane>();
  #running = 0;
  #waiting = 0;
  #bytes = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  /** Queues a message; false if its lane, or all lanes together, are full. */
  offer(name: string, message: Delivery): boolean {
    const { waiting, waitingBytes, waitingInAll, waitingBytesInAll } = this.#limits;
    const lane = this.#lanes.get(name) ?? { waiting: [], bytes: 0, running: 0 };
    const size = message.data.byteLength;
    // INVARIANT: an empty lane always takes one message, however large. Otherwise a message could
    // be put back for ever.
    const isFull =
      lane.waiting.length >= waiting ||
      lane.bytes + size > waitingBytes ||
      this.#waiting >= waitingInAll ||
      this.#bytes + size > waitingBytesInAll;
    if (isFull && lane.waiting.length + lane.running > 0) return false;
    lane.waiting.push(message);
    lane.bytes += size;
    this.#waiting += 1;
    this.#bytes += size;
    this.#lanes.set(name, lane);
    return true;
  }

  /**
   * The next message whose lane has its turn and a free place. It counts as being handled until
   * `end`.
   */
  begin(): { readonly name: string; readonly message: Delivery } | undefined {
    if (this.#running >= this.#limits.concurrency) return undefined;
    for (const [name, lane] of this.#lanes) {
      if (lane.waiting.length === 0 || lane.running >= this.#limits.share) continue;
      const message = lane.waiting.shift()!;
      this.#left(lane, message);
      lane.running += 1;
      this.#running += 1;
      this.#lanes.delete(name);
      this.#lanes.set(name, lane);
      return { name, message };
    }
    return undefined;
  }

  /** One message of the lane was handled. */
  end(name: string): void {
    const lane = this.#lanes.get(name);
    if (lane === undefined) return;
    lane.running -= 1;
    this.#running -= 1;
    if (lane.running === 0 && lane.waiting.length === 0) this.#lanes.delete(name);
  }

  /** Removes and returns the waiting messages. */
  empty(): readonly Delivery[] {
    const all = [...this.#lanes.values()].flatMap((lane) => lane.waiting.splice(0));
    this.#waiting = 0;
    this.#bytes = 0;
    return all;
  }

  #left(lane: Lane, { data }: Delivery): void {
    lane.bytes -= data.byteLength;
    this.#waiting -= 1;
    this.#bytes -= data.byteLength;
  }
}
