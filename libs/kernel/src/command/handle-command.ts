import type { CommandContext, CommandHandlerOptions, CommandResult } from './command-context.js';
import { evolveRecorded, type Decider, type DomainEvent } from './decider.js';
import {
  collect,
  WrongRevisionError,
  type EventStore,
  type EventToAppend,
  type Position,
  type RecordedEvent,
} from '../log/event-store.js';
import { uuidV5 } from '../values/hash.js';
import { passingOverForged, tighteningOnly } from './in-spite.js';
import { isProblem, ProblemError } from '../values/problem.js';
import { encodeCommand, isSameCommand, type Command } from '../log/recorded-command.js';

type Folded<S> = {
  readonly state: S;
  readonly revision: bigint;
  readonly position: Position | null;
  readonly commands: Map<string, readonly RecordedEvent[]>;
};

/**
 * The number of a stream's latest commands whose repeats are recognised. An older command is
 * decided again, and its decider finds it "already true".
 */
const keptCommands = 1000;

/**
 * The calls on one stream, which run one after the other. `silence`: the log did not answer a call,
 * when this number of calls had been made.
 */
type Queue = { end: Promise<void>; silence: { readonly upTo: number; readonly cause: unknown } | undefined };

const isSilence = (error: unknown): boolean =>
  isProblem(error, 'append-outcome-unknown') || isProblem(error, 'log-unavailable');

/** The position of events that are in no log yet. */
const unwritten: Position = { commit: 0n, prepare: 0n };

/** Returns events as they are read back. `revision` is that of the first event. */
const recordedAs = (
  stream: string,
  events: readonly EventToAppend[],
  first: bigint,
  position: Position,
): readonly RecordedEvent[] =>
  events.map((event, place) => ({
    ...event,
    stream,
    revision: first + BigInt(place),
    position,
    created: event.metadata.occurred_at,
  }));

/**
 * Loads, decides, and appends with the expected revision. Runs the commands of a stream one after
 * the other within the process, and keeps the stream's state.
 */
export class CommandHandler<C extends Command, E extends DomainEvent, S> {
  readonly #store: EventStore;
  readonly #decider: Decider<C, E, S>;
  readonly #options: CommandHandlerOptions;
  readonly #cache = new Map<string, Folded<S>>();
  readonly #queues = new Map<string, Queue>();
  /** The number of calls so far. */
  #calls = 0;

  constructor(store: EventStore, decider: Decider<C, E, S>, options: CommandHandlerOptions) {
    this.#store = store;
    this.#decider = decider;
    this.#options = options;
  }

  /**
   * Handles one command on one stream. Throws what `decide` throws; `stale-revision` if the caller
   * pinned another revision; `idempotency-conflict`; `deadline-exceeded` after too many lost races;
   * and the store's errors. If the stream holds a forged event, only the commands that the decider
   * accepts in spite of it are decided; others throw `forged-event`. If the log does not answer,
   * all callers that wait on the same stream end with the running call. Otherwise each of them
   * would wait as long again.
   */
  handle(stream: string, command: C, context: CommandContext): Promise<CommandResult<E, S>> {
    return this.#inTurn(stream, async () => {
      try {
        return await this.#handle(stream, command, context);
      } catch (error) {
        const tightening = isProblem(error, 'forged-event') ? tighteningOnly(this.#decider, error) : null;
        if (tightening === null) throw error;
        // INVARIANT: a state that skipped a forged event is never kept, so that the next command
        // meets the event again.
        const inSpite = new CommandHandler(passingOverForged(this.#store), tightening, {
          ...this.#options,
          cacheSize: 0,
        });
        return await inSpite.#handle(stream, command, context);
      }
    });
  }

  /**
   * Handles the command that begins a stream and its follow-up in one append: the log holds both or
   * neither. `follow` receives the state after the first command, which nobody else has seen. If it
   * returns null, the first command is appended alone. Resolves to null and appends nothing if the
   * stream exists already. Throws what `handle` throws.
   */
  begin(
    stream: string,
    command: C,
    context: CommandContext,
    follow: (state: S) => Promise<{ readonly command: C; readonly context: CommandContext } | null>,
  ): Promise<CommandResult<E, S> | null> {
    return this.#inTurn(stream, async () => {
      if (this.#cache.has(stream)) return null;
      const began = this.#written(stream, command, context, this.#decider.initial);
      const { state } = this.#folded(this.#nothing(), recordedAs(stream, began.toAppend, 0n, unwritten));
      const next = await follow(state);
      const then =
        next === null
          ? { events: [], toAppend: [] }
          : this.#written(stream, next.command, next.context, state);
      const toAppend = [...began.toAppend, ...then.toAppend];
      try {
        const { position } = await this.#store.append(stream, toAppend, 'no_stream');
        const folded = this.#fold(stream, this.#nothing(), recordedAs(stream, toAppend, 0n, position));
        return {
          state: folded.state,
          revision: folded.revision,
          position,
          events: [...began.events, ...then.events],
          repeated: false,
        };
      } catch (error) {
        if (error instanceof WrongRevisionError) return null;
        throw error;
      }
    });
  }

  /**
   * Returns the stream's present state, read up to its end. With `atLeast`, a kept state that
   * reaches this revision is enough and saves the read.
   */
  load(
    stream: string,
    atLeast?: bigint,
  ): Promise<{ readonly state: S; readonly revision: bigint; readonly position: Position | null }> {
    return this.#inTurn(stream, async () => {
      const kept = atLeast === undefined ? undefined : this.#cache.get(stream);
      return kept !== undefined && kept.revision >= atLeast! ? kept : this.#catchUp(stream);
    });
  }

  /** Drops the kept state of a stream. */
  forget(stream: string): void {
    this.#cache.delete(stream);
  }

  #inTurn<T>(stream: string, work: () => Promise<T>): Promise<T> {
    const queue = this.#queues.get(stream) ?? { end: Promise.resolve(), silence: undefined };
    this.#queues.set(stream, queue);
    this.#calls += 1;
    const place = this.#calls;
    const turn = queue.end.then(async () => {
      if (queue.silence !== undefined && place <= queue.silence.upTo) {
        throw new ProblemError(
          'log-unavailable',
          `the log did not answer a command on \`${stream}\` that came before this one`,
          { remedy: 'repeat the command with the same id', cause: queue.silence.cause },
        );
      }
      try {
        return await work();
      } catch (error) {
        // INVARIANT: every later caller reads the log again, including one that reacts to this
        // call's answer.
        if (isSilence(error)) queue.silence = { upTo: this.#calls, cause: error };
        throw error;
      }
    });
    const end = turn.then(
      () => undefined,
      () => undefined,
    );
    queue.end = end;
    void end.then(() => {
      if (queue.end === end) this.#queues.delete(stream);
    });
    return turn;
  }

  async #handle(stream: string, command: C, context: CommandContext): Promise<CommandResult<E, S>> {
    const kept = this.#cache.get(stream) ?? (context.expectsNew === true ? this.#nothing() : undefined);
    let folded = kept ?? (await this.#catchUp(stream));
    /** True if the stream was read to its end since the command arrived. */
    let read = kept === undefined;
    const attempts = this.#options.maxAttempts ?? 200;
    for (let attempt = 1; ; attempt += 1) {
      const own = folded.commands.get(context.commandId);
      if (own !== undefined) {
        if (!this.#isRepeat(own, command, context))
          throw new ProblemError(
            'idempotency-conflict',
            `command \`${context.commandId}\` was used before with other content`,
          );
        return {
          state: folded.state,
          revision: folded.revision,
          position: own.at(-1)?.position ?? null,
          events: own as unknown as readonly E[],
          repeated: true,
        };
      }
      if (context.expectedRevision !== undefined && context.expectedRevision !== folded.revision) {
        folded = await this.#catchUp(stream);
        read = true;
        if (context.expectedRevision !== folded.revision) {
          throw new ProblemError(
            'stale-revision',
            `stream \`${stream}\` is at revision ${folded.revision}, not ${context.expectedRevision}`,
            { members: { revision: `${folded.revision}` } },
          );
        }
      }
      const { events, refusal } = this.#decide(command, folded.state);
      // INVARIANT: a refusal or an "already true" is based on the stream's end, not on the kept
      // state, because others also write to the stream.
      if (events.length === 0 && !read) {
        const { revision } = folded;
        folded = await this.#catchUp(stream);
        read = true;
        if (folded.revision !== revision) continue;
      }
      if (refusal !== undefined) throw refusal.error;
      if (events.length === 0)
        return {
          state: folded.state,
          revision: folded.revision,
          position: folded.position,
          events,
          repeated: false,
        };
      const toAppend = this.#toAppend(stream, events, command, context);
      try {
        const result = await this.#store.append(
          stream,
          toAppend,
          folded.revision < 0n ? 'no_stream' : folded.revision,
        );
        const first = result.revision - BigInt(events.length) + 1n;
        folded = this.#fold(stream, folded, recordedAs(stream, toAppend, first, result.position));
        return {
          state: folded.state,
          revision: folded.revision,
          position: result.position,
          events,
          repeated: false,
        };
      } catch (error) {
        if (!(error instanceof WrongRevisionError)) {
          this.#cache.delete(stream);
          throw error;
        }
        if (attempt >= attempts)
          throw new ProblemError(
            'deadline-exceeded',
            `stream \`${stream}\` was contended for ${attempt} attempts`,
            { cause: error },
          );
        // A stream that is shorter than its kept state is another stream.
        if ((error.actual ?? -1n) < folded.revision) this.#cache.delete(stream);
        await this.#options.backoff(attempt);
        folded = await this.#catchUp(stream);
        read = true;
        // Every event of the stream has expired, and its revisions go on.
        if (this.#decider.expires === true && folded.revision < 0n && error.actual !== null)
          folded = { ...folded, revision: error.actual };
      }
    }
  }

  /**
   * Returns true for a repeated command: the first event of a command holds the command's content.
   */
  #isRepeat([first]: readonly RecordedEvent[], command: C, context: CommandContext): boolean {
    return (
      first !== undefined &&
      isSameCommand(first.metadata.command, encodeCommand(command, first.data, context))
    );
  }

  #decide(
    command: C,
    state: S,
  ): { readonly events: readonly E[]; readonly refusal?: { readonly error: unknown } } {
    try {
      return { events: this.#decider.decide(command, state) };
    } catch (error) {
      return { events: [], refusal: { error } };
    }
  }

  #nothing(): Folded<S> {
    return { state: this.#decider.initial, revision: -1n, position: null, commands: new Map() };
  }

  async #catchUp(stream: string): Promise<Folded<S>> {
    const known = this.#cache.get(stream) ?? this.#nothing();
    const fresh = await collect(this.#store.read(stream, { from: known.revision + 1n }));
    return this.#fold(stream, known, fresh);
  }

  /**
   * Folds the next events and keeps the state. If an event cannot be folded, nothing is kept,
   * because the earlier commands are already known.
   */
  #fold(stream: string, from: Folded<S>, events: readonly RecordedEvent[]): Folded<S> {
    this.#cache.delete(stream);
    const folded = this.#folded(from, events);
    this.#cache.set(stream, folded);
    if (this.#cache.size > (this.#options.cacheSize ?? 10_000))
      this.#cache.delete(this.#cache.keys().next().value!);
    return folded;
  }

  #folded(from: Folded<S>, events: readonly RecordedEvent[]): Folded<S> {
    let { state, revision, position } = from;
    const { commands } = from;
    for (const event of events) {
      state = evolveRecorded(this.#decider, state, event);
      revision = event.revision;
      position = event.position;
      const { command_id: id } = event.metadata;
      commands.set(id, [...(commands.get(id) ?? []), event]);
      if (commands.size > keptCommands) commands.delete(commands.keys().next().value!);
    }
    return { state, revision, position, commands };
  }

  #written(
    stream: string,
    command: C,
    context: CommandContext,
    state: S,
  ): { readonly events: readonly E[]; readonly toAppend: readonly EventToAppend[] } {
    const events = this.#decider.decide(command, state);
    return {
      events,
      toAppend: this.#toAppend(stream, events, command, context),
    };
  }

  /**
   * Returns the events to append. INVARIANT: the same id means the same event, because the log
   * recognises a repeat by ids alone. So an id also depends on the event's content. Otherwise
   * another instance that has not seen the command's events yet could decide differently. The log
   * would report its append as successful, and it would continue with events that are not in the
   * log.
   */
  #toAppend(
    stream: string,
    events: readonly E[],
    command: C,
    context: CommandContext,
  ): readonly EventToAppend[] {
    const [first] = events;
    const recorded = first === undefined ? undefined : encodeCommand(command, first.data, context);
    return events.map((event, place) => ({
      id: uuidV5(
        stream,
        context.commandId,
        `${place}`,
        JSON.stringify([event.type, event.data, context.now, context.actor]),
      ),
      type: event.type,
      data: event.data,
      metadata: {
        $correlationId: context.correlationId,
        ...(context.causationId === context.commandId ? {} : { $causationId: context.causationId }),
        tenant_id: context.tenantId,
        actor: context.actor,
        schema_version: this.#decider.schemaVersions?.[event.type] ?? 1,
        occurred_at: context.now,
        command_id: context.commandId,
        ...(place > 0 || recorded === undefined ? {} : { command: recorded }),
        ...(context.traceparent === undefined ? {} : { traceparent: context.traceparent }),
        ...(context.change === undefined ? {} : { change: context.change }),
        ...(context.approver === undefined ? {} : { approver: context.approver }),
      },
    }));
  }
}
