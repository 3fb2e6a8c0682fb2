import type { Actor } from '@interlock/contracts';
import { isProblem, testMetadata, type Decider, type DomainEvent, type Recorded } from '@interlock/kernel';

/** Who wrote events, and when. */
export type Told = { readonly at: string; readonly actor: Actor };
/** The end of a transition that breaks a rule: what was broken, in words. */
export type Fault = string;

/** What a rule knows of a stream beside the decider's own state: made of the events alone, so that a fault of `evolve` cannot hide one of `decide`. */
export type Ghost<E extends DomainEvent, G> = {
  readonly initial: G;
  /** Takes the events of one append. Throws `Broken` where they break a rule. */
  readonly next: (ghost: G, events: readonly E[], told: Told) => G;
};

/** A rule does not hold. */
export class Broken extends Error {}
export const must = (holds: boolean, rule: Fault): void => {
  if (!holds) throw new Broken(rule);
};

export type Node<S, G> = { readonly state: S; readonly ghost: G; readonly revision: number };
export type Answer<E> = {
  readonly id: number;
  readonly events: readonly E[];
  /** The code of the problem that the decider refused the command with. */
  readonly refused: string | null;
  readonly fault: Fault | null;
};

/**
 * A decider whose states are numbered, and whose answers are kept: it is pure, so that a state and a command that were met before need not be decided again. That makes
 * the product of several streams cheap.
 */
export class Machine<C, E extends DomainEvent, S, G> {
  readonly #decider: Decider<C, E, S>;
  readonly #ghost: Ghost<E, G>;
  readonly #digest: (node: Node<S, G>) => string;
  readonly #ids = new Map<string, number>();
  readonly #nodes: Node<S, G>[] = [];
  readonly #answers = new Map<string, Answer<E>>();
  /** How many times the decider was really asked. */
  decided = 0;

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

  /** Tells the state a command; `key` names the command among all that are ever told. */
  tell(id: number, key: string, command: C, told: Told): Answer<E> {
    const name = `${id} ${key}`;
    const known = this.#answers.get(name);
    if (known !== undefined) return known;
    this.decided += 1;
    const answer = this.#decide(id, command, told);
    this.#answers.set(name, answer);
    return answer;
  }

  #decide(id: number, command: C, told: Told): Answer<E> {
    const node = this.at(id);
    try {
      const events = this.#decider.decide(command, node.state);
      if (events.length === 0) return { id, events, refused: null, fault: null };
      const metadata = testMetadata({ occurred_at: told.at, actor: told.actor });
      const { state } = events.reduce(
        ({ state, revision }, event) => ({
          state: this.#decider.evolve(state, { ...event, metadata, revision } as Recorded<E>),
          revision: revision + 1n,
        }),
        { state: node.state, revision: BigInt(node.revision + 1) },
      );
      const ghost = this.#ghost.next(node.ghost, events, told);
      const next = this.#idOf({ state, ghost, revision: node.revision + events.length });
      return { id: next, events, refused: null, fault: null };
    } catch (error) {
      if (error instanceof Broken) return { id, events: [], refused: null, fault: error.message };
      if (isProblem(error) && error.code !== 'internal-error')
        return { id, events: [], refused: error.code, fault: null };
      return { id, events: [], refused: null, fault: `the decider threw: ${String(error)}` };
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
