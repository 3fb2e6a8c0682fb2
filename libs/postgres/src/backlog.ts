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

  drop(count: number): void {
    this.#events.splice(0, count);
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
