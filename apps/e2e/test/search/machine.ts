import type { Actor } from '@interlock/contracts';
import { isProblem, testMetadata, type Decider, type DomainEvent, type Recorded } from '@interlock/kernel';

/** The actor and time of events. */
export type EventContext = { readonly at: string; readonly actor: Actor };
/** A broken rule, in words. */
export type Fault = string;

/**
 * A rule's own state of a stream beside the decider's. It is made only of the events, so that a
 * fault of `evolve` cannot hide one of `decide`.
 */
export type Ghost<E extends DomainEvent, G> = {
  readonly initial: G;
  /** Applies the events of one append. Throws `Broken` if they break a rule. */
  readonly next: (ghost: G, events: readonly E[], context: EventContext) => G;
};

/** Thrown for a broken rule. */
class Broken extends Error {}
export const must = (holds: boolean, rule: Fault): void => {
  if (!holds) throw new Broken(rule);
};

export type Node<S, G> = { readonly state: S; readonly ghost: G; readonly revision: number };
export type Answer<E> = {
  readonly id: number;
  readonly events: readonly E[];
  /** The problem code of the decider's refusal. */
  readonly refused: string | null;
  readonly fault: Fault | null;
};

/** A question with its answer; `by` has a bit for each space that asked. */
type Asked<C, E> = {
  readonly id: number;
  readonly command: C;
  readonly context: EventContext;
  readonly answer: Answer<E>;
  by: number;
};
type Run<E, S, G> = {
  readonly events: readonly E[];
  readonly node: Node<S, G> | null;
  readonly refused: string | null;
  readonly fault: Fault | null;
};

/** A text that is equal for equal values. */
export const digested = (value: unknown): string => {
  try {
    // Without a replacer this is several times as fast, and bigints are rare.
    return JSON.stringify(value);
  } catch {
    return JSON.stringify(value, (_key, one: unknown) => (typeof one === 'bigint' ? `${one}` : one));
  }
};

/**
 * A decider with numbered states and cached answers. It is pure, so each state and command is
 * decided once. That makes the product of several streams cheap.
 */
export class Machine<C, E extends DomainEvent, S, G> {
  readonly #decider: Decider<C, E, S>;
  readonly #ghost: Ghost<E, G>;
  readonly #digest: (node: Node<S, G>) => string;
  readonly #ids = new Map<string, number>();
  readonly #nodes: Node<S, G>[] = [];
  readonly #asked = new Map<string, Asked<C, E>>();
  /** The number of the space that asks. */
  asker = 0;

  constructor(decider: Decider<C, E, S>, ghost: Ghost<E, G>, digest: (node: Node<S, G>) => string) {
    this.#decider = decider;
    this.#ghost = ghost;
    this.#digest = digest;
    this.#idOf({ state: decider.initial, ghost: ghost.initial, revision: -1 });
  }

  at(id: number): Node<S, G> {
    const node = this.#nodes[id];
    if (node === undefined) throw new RangeError(`there is no state ${id}`);
    return node;
  }

  /** Applies a command to a state; `key` identifies the command across all spaces. */
  tell(id: number, key: string, command: C, context: EventContext): Answer<E> {
    const name = `${id} ${key}`;
    const known = this.#asked.get(name);
    if (known !== undefined) {
      known.by |= 1 << this.asker;
      return known.answer;
    }
    const { events, node, refused, fault } = this.#run(this.#decider, id, command, context);
    const answer = { id: node === null ? id : this.#idOf(node), events, refused, fault };
    this.#asked.set(name, { id, command, context, answer, by: 1 << this.asker });
    return answer;
  }

  /**
   * The spaces (a bit each) in which another decider answers a question differently; each set is
   * yielded as soon as it is known. In all other spaces the two deciders behave the same, because
   * nothing else is asked there.
   */
  *differsIn(other: Decider<C, E, S>): Generator<number> {
    let spaces = 0;
    for (const { id, command, context, answer, by } of this.#asked.values()) {
      if ((spaces & by) === by) continue;
      const { events, node, refused, fault } = this.#run(other, id, command, context);
      const isSame =
        refused === answer.refused &&
        fault === answer.fault &&
        (node === null ? answer.id === id : this.#isAt(answer.id, node)) &&
        digested(events) === digested(answer.events);
      if (isSame) continue;
      spaces |= by;
      yield by;
    }
  }

  #isAt(id: number, node: Node<S, G>): boolean {
    return this.#ids.get(this.#digest(node)) === id;
  }

  #run(decider: Decider<C, E, S>, id: number, command: C, context: EventContext): Run<E, S, G> {
    const { state, ghost, revision } = this.at(id);
    const nothing = { events: [], node: null, refused: null, fault: null };
    // Most commands are refused and nobody reads the stack, which costs more than the decision.
    const { stackTraceLimit } = Error;
    Error.stackTraceLimit = 0;
    try {
      const events = decider.decide(command, state);
      if (events.length === 0) return nothing;
      const metadata = testMetadata({ occurred_at: context.at, actor: context.actor });
      const next = events.reduce(
        (at, event, index) =>
          decider.evolve(at, {
            ...event,
            metadata,
            revision: BigInt(revision + 1 + index),
          } as Recorded<E>),
        state,
      );
      const node = {
        state: next,
        ghost: this.#ghost.next(ghost, events, context),
        revision: revision + events.length,
      };
      return { ...nothing, events, node };
    } catch (error) {
      if (error instanceof Broken) return { ...nothing, fault: error.message };
      if (isProblem(error) && error.code !== 'internal-error') return { ...nothing, refused: error.code };
      return { ...nothing, fault: `the decider threw: ${String(error)}` };
    } finally {
      Error.stackTraceLimit = stackTraceLimit;
    }
  }

  #idOf(node: Node<S, G>): number {
    const digest = this.#digest(node);
    const known = this.#ids.get(digest);
    if (known !== undefined) return known;
    const id = this.#nodes.length;
    this.#nodes.push(node);
    this.#ids.set(digest, id);
    return id;
  }
}
