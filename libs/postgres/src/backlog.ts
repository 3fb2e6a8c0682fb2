import { comparePositions, type Position, type RecordedEvent } from '@interlock/kernel';

/** Events that were read and wait to be applied. Adding to a full backlog waits. */
export class Backlog {
  readonly #most: number;
  #events: RecordedEvent[] = [];
  #room: { readonly promise: Promise<void>; readonly open: () => void } | undefined;

  constructor(most: number) {
    this.#most = most;
  }

  get length(): number {
    return this.#events.length;
  }

  /** Returns a promise for room if it is full. */
  add(event: RecordedEvent): Promise<void> | undefined {
    this.#events.push(event);
    if (this.#events.length < this.#most) return undefined;
    if (this.#room === undefined) {
      let open = (): void => undefined;
      const promise = new Promise<void>((resolve) => {
        open = resolve;
      });
      this.#room = { promise, open };
    }
    return this.#room.promise;
  }

  first(count: number): readonly RecordedEvent[] {
    return this.#events.slice(0, count);
  }

  /** The oldest event after a position. */
  oldest(after: Position | null): RecordedEvent | undefined {
    return after === null
      ? this.#events[0]
      : this.#events.find(({ position }) => comparePositions(position, after) > 0);
  }

  /**
   * Removes the applied events, which are the first ones. Removes nothing if they are no longer
   * there, because the backlog was cleared in the meantime.
   */
  drop(applied: readonly RecordedEvent[]): void {
    if (this.#events[0] === applied[0]) this.#events.splice(0, applied.length);
    this.#makeRoom();
  }

  clear(): void {
    this.#events = [];
    this.#makeRoom();
  }

  #makeRoom(): void {
    if (this.#events.length >= this.#most) return;
    this.#room?.open();
    this.#room = undefined;
  }
}
