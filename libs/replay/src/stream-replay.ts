import type { parseStream } from '@interlock/contracts';
import {
  recallCommand,
  sameJson,
  type Command,
  type Decided,
  type DomainEvent,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import { compared, decidedNow, written, type Finding } from './finding.js';

/** A parsed stream name. */
export type StreamOf = NonNullable<ReturnType<typeof parseStream>>;

export type StreamRules<C extends Command, E extends DomainEvent, S> = Omit<
  Decided<C, E, S>,
  'category' | 'ids'
> & {
  /**
   * Makes further checks beside the decider's own rules. `command` is the one that the event
   * carries; null if it carries none.
   */
  readonly also?: (
    event: Recorded<E> & RecordedEvent,
    before: S,
    of: StreamOf,
    command: C | null,
  ) => readonly Finding[];
};

/**
 * A stream's state, as folded so far. `whole` is false if the stream's first events are not in the
 * file.
 */
export type FoldedStream<S> = {
  readonly state: S;
  readonly whole: boolean;
  readonly last: Pick<RecordedEvent, 'revision' | 'position'>;
};

/**
 * The events of a command, decided again at its first event, or its refusal. `next` is the index of
 * the next event.
 */
type Append = { readonly command_id: string; readonly now: unknown; readonly next: number };

/** Drops the decided events of an append once all have come: a further one is still refused. */
const keptOf = ({ command_id, now, next }: Append): Append =>
  Array.isArray(now) && next >= now.length ? { command_id, now: [], next: 0 } : { command_id, now, next };

/**
 * Replays the decisions of streams, append by append. The command in the first event is decided on
 * the state before it, and each event is compared.
 */
export class StreamReplay<C extends Command, E extends DomainEvent, S> {
  readonly #rules: StreamRules<C, E, S>;
  readonly #streams = new Map<string, FoldedStream<S>>();
  /** The append in progress, by stream. */
  readonly #appends = new Map<string, Append>();

  /** `checks`: true for a stream whose decisions are made again. The others are only folded. */
  constructor(
    rules: StreamRules<C, E, S>,
    private readonly checks: (stream: string) => boolean = () => true,
  ) {
    this.#rules = rules;
  }

  /** Folds an event into its stream. Returns the stream as it was before. */
  fold(event: RecordedEvent): Pick<FoldedStream<S>, 'state' | 'whole'> {
    const { decider, whole } = this.#rules;
    const own = event as unknown as Recorded<E> & RecordedEvent;
    const known = this.#streams.get(event.stream) ?? { state: decider.initial, whole: event.revision === 0n };
    this.#streams.set(event.stream, {
      state: decider.evolve(known.state, own),
      whole: known.whole || whole?.(own) === true,
      last: { revision: event.revision, position: event.position },
    });
    return known;
  }

  take(event: RecordedEvent, of: StreamOf): readonly Finding[] {
    const { kind, also } = this.#rules;
    const own = event as unknown as Recorded<E> & RecordedEvent;
    const known = this.fold(event);
    if (!this.checks(event.stream)) return [];
    if (!known.whole) {
      this.#appends.set(event.stream, { command_id: event.metadata.command_id, now: null, next: -1 });
      return [{ kind, missing: 'the beginning of the stream is not in the file', excused: true }];
    }
    const command = recallCommand(own) as C | null;
    const decided = this.#decided(own, known.state, of, command);
    const others = also?.(own, known.state, of, command) ?? [];
    return others.length === 0 ? decided : [...decided, ...others];
  }

  #decided(
    event: Recorded<E> & RecordedEvent,
    before: S,
    of: StreamOf,
    command: C | null,
  ): readonly Finding[] {
    const { kind, holds } = this.#rules;
    const under = this.#appends.get(event.stream);
    const isNext = under?.command_id === event.metadata.command_id && event.metadata.command === undefined;
    const cut = isNext ? [] : this.#cut(event.stream);
    if (isNext && under.next < 0)
      return [{ kind, missing: 'the beginning of the append is not in the file', excused: true }];
    const what = `\`${event.type}\` as its decider writes it`;
    const append = isNext ? under : this.#begun(event, before, command);
    if (append === null) return [...cut, { kind, missing: 'its command is not in the file' }];
    this.#appends.set(
      event.stream,
      keptOf({ command_id: append.command_id, now: append.now, next: append.next + 1 }),
    );
    const recorded = written([event]);
    if (holds?.(event, of, command) === false)
      return [...cut, compared(kind, what, [event.type], { refused: 'no command writes this' })];
    const now = Array.isArray(append.now) ? append.now.slice(append.next, append.next + 1) : append.now;
    return [
      ...cut,
      sameJson(recorded, now)
        ? compared(kind, what, recorded, recorded)
        : { kind, what, recorded, replayed: now },
    ];
  }

  /**
   * Decides the command of an append's first event again; null if the event carries none.
   * INVARIANT: the actor is the event's actor.
   */
  #begun({ metadata }: Recorded<E>, before: S, command: C | null): Append | null {
    if (command === null) return null;
    const { actor } = command as { readonly actor?: unknown };
    const now =
      actor === undefined || sameJson(actor, metadata.actor)
        ? decidedNow(this.#rules.decider, command, before)
        : { refused: 'the command is of somebody else' };
    return { command_id: metadata.command_id, now, next: 0 };
  }

  /** Returns the missing events of an append, when the stream continues with another. */
  #cut(stream: string): readonly Finding[] {
    const under = this.#appends.get(stream);
    this.#appends.delete(stream);
    if (under === undefined || under.next < 0 || !Array.isArray(under.now) || under.next >= under.now.length)
      return [];
    return [compared(this.#rules.kind, 'an append is whole', null, under.now.slice(under.next))];
  }

  of(stream: string): FoldedStream<S> | undefined {
    return this.#streams.get(stream);
  }

  forget(stream: string): void {
    this.#streams.delete(stream);
    this.#appends.delete(stream);
  }

  /** All kept states, by stream. */
  entries(): IterableIterator<[string, FoldedStream<S>]> {
    return this.#streams.entries();
  }
}
