import { monitorEventLoopDelay } from 'node:perf_hooks';
import {
  comparePositions,
  isProblem,
  type AppendResult,
  type EventToAppend,
  type Position,
  type RecordedEvent,
} from '@interlock/kernel';

/** An append that was acknowledged: its ids, and where the log said that it put them. */
type AcknowledgedAppend = {
  readonly stream: string;
  readonly ids: readonly string[];
  readonly at: AppendResult;
  readonly exact: boolean;
};
/**
 * A command that a handler answered: how many events it made is known, and that each of them names
 * it.
 */
type AnsweredAppend = { readonly stream: string; readonly commandId: string; readonly count: number };

const tickMs = 5;

/** What the callers of a run saw, to be held against the log afterwards. */
export class FaultHistory {
  readonly acknowledged: AcknowledgedAppend[] = [];
  readonly answered: AnsweredAppend[] = [];
  readonly #sent = new Set<string>();
  readonly #commands = new Set<string>();
  readonly #loop = monitorEventLoopDelay({ resolution: 5 });
  /** How long the process was kept from its timers in all, milliseconds. */
  #heldMs = 0;
  readonly #ticks: NodeJS.Timeout;
  /**
   * The longest that any call went on past its deadline, milliseconds. While the process was kept
   * from its timers does not count.
   */
  overrunMs = 0;
  /** Calls that ended in an unknown outcome or in `log-unavailable`; the caller repeated them. */
  troubles = 0;
  /** Repeats of the adapter itself. */
  repeats = 0;
  /** Nobody waits for the callers any more: they give up. */
  abandoned = false;

  constructor() {
    this.#loop.enable();
    let last = performance.now();
    this.#ticks = setInterval(() => {
      const now = performance.now();
      this.#heldMs += Math.max(0, now - last - tickMs);
      last = now;
    }, tickMs).unref();
  }

  sent(events: readonly EventToAppend[]): void {
    for (const { id } of events) this.#sent.add(id);
  }

  acknowledge(stream: string, ids: readonly string[], exact: boolean, at: AppendResult): void {
    this.acknowledged.push({ stream, ids, exact, at });
  }

  command(commandId: string): void {
    this.#commands.add(commandId);
  }

  answer(stream: string, commandId: string, count: number): void {
    this.answered.push({ stream, commandId, count });
  }

  /** How many calls that write have got their answer. */
  get written(): number {
    return this.acknowledged.length + this.answered.length;
  }

  /** Waits for a call, and sees how long it takes. */
  async timed<T>(deadlineMs: number, work: () => Promise<T>): Promise<T> {
    const [began, held] = [performance.now(), this.#heldMs];
    try {
      return await work();
    } finally {
      const ranMs = performance.now() - began - (this.#heldMs - held);
      this.overrunMs = Math.max(this.overrunMs, ranMs - deadlineMs);
    }
  }

  /**
   * Repeats a call until it gets through, as a caller does: with the same ids. What is no trouble
   * of the log is thrown.
   */
  async converge<T>(work: () => Promise<T>): Promise<T> {
    for (;;) {
      try {
        return await work();
      } catch (error) {
        if (this.abandoned) throw error;
        if (!isProblem(error, 'append-outcome-unknown') && !isProblem(error, 'log-unavailable')) throw error;
        this.troubles += 1;
      }
    }
  }

  /**
   * By how much a call may end late in this run: a process that was not let run cannot look at its
   * timers.
   */
  get slackMs(): number {
    return 50 + (4 * this.#loop.max) / 1e6;
  }

  /**
   * What in the log contradicts what the callers were told; nothing where all is well. `forgetful`:
   * the log may have lost its cache of ids, so that an append without exact revision may lie there
   * twice.
   */
  faults(log: readonly RecordedEvent[], forgetful: boolean): readonly string[] {
    this.#loop.disable();
    clearInterval(this.#ticks);
    const faults: string[] = [];
    const streams = new Map<string, RecordedEvent[]>();
    let last: Position | undefined;
    for (const event of log) {
      if (last !== undefined && comparePositions(last, event.position) >= 0)
        faults.push(`position ${event.position.commit} does not come after ${last.commit}`);
      last = event.position;
      const of = streams.get(event.stream) ?? [];
      streams.set(event.stream, of);
      if (event.revision !== BigInt(of.length))
        faults.push(`\`${event.stream}\` has revision ${event.revision} at place ${of.length}`);
      of.push(event);
      if (!this.#sent.has(event.id) && !this.#commands.has(event.metadata.command_id))
        faults.push(`event ${event.id} in \`${event.stream}\` was never sent`);
    }
    const inexact = new Set(this.acknowledged.filter(({ exact }) => !exact).map(({ stream }) => stream));
    for (const [stream, of] of streams) {
      if (forgetful && inexact.has(stream)) continue;
      if (new Set(of.map(({ id }) => id)).size !== of.length)
        faults.push(`\`${stream}\` holds an event twice`);
    }
    for (const { stream, ids, at, exact } of this.acknowledged) {
      const of = streams.get(stream) ?? [];
      const lost = ids.filter((id) => !of.some((event) => event.id === id));
      if (lost.length > 0) faults.push(`acknowledged, but not in \`${stream}\`: ${lost.join(', ')}`);
      if (!exact && forgetful) continue;
      const there = of.slice(Number(at.revision) - ids.length + 1, Number(at.revision) + 1);
      if (there.map(({ id }) => id).join() !== ids.join())
        faults.push(
          `\`${stream}\` holds other events at revision ${at.revision} than were acknowledged there`,
        );
      if (there.length > 0 && comparePositions(there.at(-1)!.position, at.position) !== 0)
        faults.push(`\`${stream}\` revision ${at.revision} is at another position than was acknowledged`);
    }
    for (const { stream, commandId, count } of this.answered) {
      const there = (streams.get(stream) ?? []).filter(
        ({ metadata }) => metadata.command_id === commandId,
      ).length;
      if (there !== count)
        faults.push(
          `command ${commandId} was answered with ${count} events, and has ${there} in \`${stream}\``,
        );
    }
    return faults;
  }
}
