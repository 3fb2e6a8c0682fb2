import { positionText, type Position, type RecordedEvent } from '@interlock/kernel';

import { PoisonedEvent } from '../definition/batch.js';
import { OtherLog } from '../definition/log.js';

export type Cause = { readonly event_id: string; readonly type: string; readonly stream: string };
export const causeOf = ({ id, type, stream }: RecordedEvent): Cause => ({ event_id: id, type, stream });

const longestMs = 60_000;

/**
 * Why a projection is stopped: an event that cannot be projected, or a cause other than an event,
 * which is retried.
 */
export class Standstill {
  /** `dueAt`: when it is retried, if no event is the cause. */
  constructor(
    readonly error: unknown,
    readonly dueAt: number,
  ) {}

  /** It is stopped from now on. The first pause doubles with each failed retry, up to a minute. */
  static since(error: unknown, now: number, firstPauseMs: number, inVain: number): Standstill {
    return new Standstill(error, now + Math.min(longestMs, firstPauseMs * 2 ** Math.min(inVain, 10)));
  }

  get poison(): PoisonedEvent | undefined {
    return this.error instanceof PoisonedEvent ? this.error : undefined;
  }

  /** The position of the event that stops it; null if no event is the cause. */
  get place(): { readonly standsAt: Position | null } {
    return { standsAt: this.poison?.event.position ?? null };
  }

  isDue(now: number): boolean {
    return this.poison === undefined && now >= this.dueAt;
  }

  /** For the alert. */
  get cause(): Cause | null {
    return this.poison === undefined ? null : causeOf(this.poison.event);
  }

  /** For a health check. */
  describe(name: string): string {
    if (this.poison !== undefined)
      return `the event \`${this.poison.event.id}\` (\`${this.poison.event.type}\`) could not be projected`;
    return `the read model \`${name}\` stands still${this.error instanceof OtherLog ? `: ${this.error.detail}` : ', the log says why'}`;
  }

  /** For the alert. */
  get detail(): string {
    if (this.poison === undefined)
      return this.error instanceof OtherLog
        ? `the read model stands still: ${this.error.detail}`
        : 'the read model has stopped; see the log of the service';
    const { id, type, position } = this.poison.event;
    return `the read model stands still at the event \`${id}\` (\`${type}\`, position ${positionText(position)}), which could not be projected`;
  }

  /** For the log. */
  get facts(): object {
    if (this.poison === undefined) return { err: this.error };
    const { cause, event } = this.poison;
    return { err: cause, event_id: event.id, event_type: event.type, position: positionText(event.position) };
  }

  /** Members of the problem that queries receive. */
  members(name: string): object {
    return this.poison === undefined
      ? {}
      : { projection: name, event_id: this.poison.event.id, event_type: this.poison.event.type };
  }
}
