import type { Delivery } from './delivery.js';

export type LaneLimits = {
  /** How many are handled at once, in all. */
  readonly concurrency: number;
  /** How many of one lane are handled at once. */
  readonly share: number;
  /** How many of one lane wait here, and their bytes. */
  readonly waiting: number;
  readonly waitingBytes: number;
  /** How many wait here in all, and their bytes. */
  readonly waitingInAll: number;
  readonly waitingBytesInAll: number;
};
type Lane = { readonly waiting: Delivery[]; bytes: number; running: number };

/**
 * What a consumer has in hand, by lane: each lane in the order in which it came, and the lanes in turn, so that however much one of them has, the next message
 * of another waits for one of each at most. Lanes that hold nothing are forgotten.
 */
export class Lanes {
  readonly #limits: LaneLimits;
  /** In the order in which they have their turn. */
  readonly #lanes = new Map<string, Lane>();
  #running = 0;
  #waiting = 0;
  #bytes = 0;

  constructor(limits: LaneLimits) {
    this.#limits = limits;
  }

  /** Takes a message to wait for its turn; false where its lane, or all of them, hold as much as they may. */
  offer(name: string, message: Delivery): boolean {
    const { waiting, waitingBytes, waitingInAll, waitingBytesInAll } = this.#limits;
    const lane = this.#lanes.get(name) ?? { waiting: [], bytes: 0, running: 0 };
    const size = message.data.byteLength;
    // INVARIANT: a lane that has nothing always takes one, however large: else a message could be put back for ever.
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

  /** The next message whose lane has its turn and a place free; it counts as handled at once until `end`. */
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

  /** What waits, which is then nobody's. */
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
