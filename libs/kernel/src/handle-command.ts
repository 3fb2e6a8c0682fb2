import type { Actor, Timestamp } from '@interlock/contracts';
import { evolveRecorded, type Decider, type DomainEvent } from './decider.js';
import {
  collect,
  WrongRevisionError,
  type EventStore,
  type EventToAppend,
  type Position,
  type RecordedEvent,
} from './event-store.js';
import { uuidV5 } from './hash.js';
import { passingOverForged, tighteningOnly } from './in-spite.js';
import { isProblem, ProblemError } from './problem.js';
import { encodeCommand, isSameCommand, type Command } from './recorded-command.js';

/** What goes with every command into the metadata of its events. */
export type CommandContext = {
  /** A repeat of the same id and content appends nothing twice; with other content it is refused (`idempotency-conflict`). */
  readonly commandId: string;
  readonly tenantId: string;
  readonly actor: Actor;
  readonly now: Timestamp;
  readonly correlationId: string;
  readonly causationId: string;
  readonly traceparent?: string;
  /** The stream is most likely not there yet: decided without reading it first. Where it is there, the lost race reads it and decides again. */
  readonly expectsNew?: boolean;
  /** The caller pinned `If-Match`: another revision (−1n: no stream) is refused as `stale-revision`, never decided again. */
  readonly expectedRevision?: bigint;
};

export type CommandResult<E extends DomainEvent, S> = {
  readonly state: S;
  /** Revision of the stream's last event after the command; −1n where it is empty. */
  readonly revision: bigint;
  /** Where the last appended event stands in the log; null where nothing is known of it. */
  readonly position: Position | null;
  readonly events: readonly E[];
  /** The command's own events were there already. */
  readonly repeated: boolean;
};

export type CommandHandlerOptions = {
  /** Streams whose state is kept; least recently used goes first. */
  readonly cacheSize?: number;
  /** Waits between attempts after a lost race, with jitter; gets the attempt's number from 1. */
  readonly backoff: (attempt: number) => Promise<void>;
  /** How often a lost race is decided again before `deadline-exceeded`. */
  readonly maxAttempts?: number;
};

type Folded<S> = {
  readonly state: S;
  readonly revision: bigint;
  readonly position: Position | null;
  readonly commands: Map<string, readonly RecordedEvent[]>;
};

/** How many of a stream's latest commands a repeat is known of; what is older is decided again, by a decider to which it is "already true". */
const keptCommands = 1000;

/** The calls on one stream, one after the other; `silence`: the log did not answer one of them, when so many calls had been made. */
type Queue = { end: Promise<void>; silence: { readonly upTo: number; readonly cause: unknown } | undefined };

const isSilence = (error: unknown): boolean =>
  isProblem(error, 'append-outcome-unknown') || isProblem(error, 'log-unavailable');

/** Where events stand that are in no log yet. */
const unwritten: Position = { commit: 0n, prepare: 0n };

/** Events as they are read back, the first at this revision. */
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

/** Loads, decides, appends with the expected revision; serialises a stream's commands in process and keeps its state. */
export class CommandHandler<C extends Command, E extends DomainEvent, S> {
  readonly #store: EventStore;
  readonly #decider: Decider<C, E, S>;
  readonly #options: CommandHandlerOptions;
  readonly #cache = new Map<string, Folded<S>>();
  readonly #queues = new Map<string, Queue>();
  /** Calls so far. */
  #calls = 0;

  constructor(store: EventStore, decider: Decider<C, E, S>, options: CommandHandlerOptions) {
    this.#store = store;
    this.#decider = decider;
    this.#options = options;
  }

  /**
   * Handles one command on one stream.
   * Throws what `decide` throws; `stale-revision` where the caller pinned another revision; `idempotency-conflict`; `deadline-exceeded` after too many lost races; the store's errors.
   * Where the stream holds a forged event, only what the decider takes in spite of it is decided; the rest throws `forged-event`.
   * Where the log does not answer, those who wait on the same stream end with the one that was under way: each in its turn would wait as long again.
   */
  handle(stream: string, command: C, context: CommandContext): Promise<CommandResult<E, S>> {
    return this.#inTurn(stream, async () => {
      try {
        return await this.#handle(stream, command, context);
      } catch (error) {
        const tightening = isProblem(error, 'forged-event') ? tighteningOnly(this.#decider, error) : null;
        if (tightening === null) throw error;
        // INVARIANT: nothing is kept of what passed a forged event over, so that the next command meets the event again.
        const inSpite = new CommandHandler(passingOverForged(this.#store), tightening, {
          ...this.#options,
          cacheSize: 0,
        });
        return await inSpite.#handle(stream, command, context);
      }
    });
  }

  /**
   * Handles a command that begins a stream, and the one that follows from it at once, in one append: both are in the log, or neither is. `follow` is given
   * the state after the first command, which nobody else has seen; where it answers null the first command goes alone.
   * Resolves to null, with nothing appended, where the stream is there already. Throws what `handle` throws.
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

  /** The stream's present state, read up to its end; with `atLeast` what is kept will do where it is that far, and saves the read. */
  load(
    stream: string,
    atLeast?: bigint,
  ): Promise<{ readonly state: S; readonly revision: bigint; readonly position: Position | null }> {
    return this.#inTurn(stream, async () => {
      const kept = atLeast === undefined ? undefined : this.#cache.get(stream);
      return kept !== undefined && kept.revision >= atLeast! ? kept : this.#catchUp(stream);
    });
  }

  /** Forgets what is kept of a stream. */
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
        // INVARIANT: who calls after this, be it as an answer to it, asks the log again.
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
    /** Whether the stream was read to its end since the command came. */
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
      // INVARIANT: a refusal, and an "already true", is of the stream as it is, not of what was kept of it: others write to it too.
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
        // A stream that is shorter than what is kept of it is not the one that was kept.
        if ((error.actual ?? -1n) < folded.revision) this.#cache.delete(stream);
        await this.#options.backoff(attempt);
        folded = await this.#catchUp(stream);
        read = true;
      }
    }
  }

  /** The content of a command stands with the first of its events. */
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

  /** Folds on, and keeps it. What cannot be folded leaves nothing kept: the commands before it are known already. */
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
   * INVARIANT: the same id means the same event. The log answers a repeat by ids alone: were they made of stream, command and place only, another instance that has not seen
   * the command's events yet would decide again (later, or with other content), be told that it wrote, and go on with what is not in the log.
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
      },
    }));
  }
}
