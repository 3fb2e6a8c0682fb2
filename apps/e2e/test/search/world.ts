import type { Actor } from '@interlock/contracts';
import type {
  ActionCommand,
  ActionEvent,
  ActionState,
  Effect,
  KillSwitchHead,
  KillSwitchCommand,
  KillSwitchEvent,
  KillSwitchState,
  LeaseCommand,
  LeaseEvent,
  LeaseState,
} from '@interlock/rails';
import type { BudgetDayCommand, BudgetDayEvent, BudgetDayState } from '@interlock/autonomy';
import { actionRules, type ActionGhost } from './action-rules.js';
import { txKey, type Tx } from './executor.js';
import { digested, Machine, type EventContext } from './machine.js';
import {
  budgetRules,
  leaseRules,
  switchRules,
  type BudgetGhost,
  type LeaseGhost,
  type SwitchGhost,
} from './stream-rules.js';
import type { Subject } from './subject.js';

/**
 * The gate services' answers at a time, and what may start then: nothing, automatic actions, a
 * window's confirmation, or a number of approvals.
 */
export type Scene = {
  readonly name: string;
  readonly scene: object;
  readonly starts: 'never' | 'allow' | 'window' | 'one' | 'two';
  readonly irreversible?: true;
  readonly diff?: string;
};

/** How often each may happen on a path. */
const counters = ['scene', 'slow', 'engage', 'release', 'extend', 'repeat', 'crash', 'away'] as const;
export type Counter = (typeof counters)[number];

/** One action with its runner's pending command and its transaction. */
export type One = { readonly action: number; readonly hand: string; readonly tx: Tx };
export type World = {
  /** Milliseconds since the beginning. */
  readonly at: number;
  readonly scene: number;
  readonly ones: readonly One[];
  readonly budget: number;
  readonly lease: number;
  readonly stop: number;
  /** The actions that were told of the stop; null if nobody is telling. */
  readonly telling: { readonly rollback: boolean; readonly notified: readonly boolean[] } | null;
  readonly left: { readonly [name in Counter]: number };
};

export const keyOf = (world: World): string =>
  [
    world.at,
    world.scene,
    ...world.ones.map(({ action, hand, tx }) => `${action}/${hand}/${txKey(tx)}`),
    world.budget,
    world.lease,
    world.stop,
    world.telling === null ? '-' : `${world.telling.rollback}${world.telling.notified.join('')}`,
    ...counters.map((name) => world.left[name]),
  ].join(' ');

const base = Date.parse('2026-11-20T10:00:00.000Z');
const times = new Map<number, string>();
/** Few moments occur, each millions of times. */
export const timeOf = (at: number): string => {
  const known = times.get(at);
  if (known !== undefined) return known;
  const time = new Date(base + at).toISOString();
  times.set(at, time);
  return time;
};
export const atOf = (time: string): number => Date.parse(time) - base;

/** People and services by their names in traces. `p9` is another account of `p1`. */
export const people = {
  p1: { kind: 'person', person_id: 'p1' },
  p2: { kind: 'person', person_id: 'p2' },
  p9: { kind: 'person', person_id: 'p9', namesake_id: 'p1' },
  claimed: { kind: 'person', person_id: 'claimed' },
  asker: { kind: 'person', person_id: 'asker' },
} as const satisfies { readonly [name: string]: Actor };
export type Person = keyof typeof people;
export const service: Actor = { kind: 'service', service: 'safety-rails' };

type Asked = { readonly effect: Effect; by: number };

/** The orchestrator's next effect, computed once for each state and time. */
class Effects {
  readonly #asked = new Map<string, Asked>();
  readonly #action: Streams['action'];
  readonly #nextEffect: Subject['nextEffect'];
  /** The number of the space that asks. */
  asker = 0;

  constructor(action: Streams['action'], nextEffect: Subject['nextEffect']) {
    this.#action = action;
    this.#nextEffect = nextEffect;
  }

  of(id: number, at: number): Effect {
    const name = `${id} ${at}`;
    const known = this.#asked.get(name) ?? {
      effect: this.#nextEffect(this.#action.at(id).state, timeOf(at)),
      by: 0,
    };
    if (known.by === 0) this.#asked.set(name, known);
    known.by |= 1 << this.asker;
    return known.effect;
  }

  /** The spaces (a bit each) in which another function answers differently. */
  *differsIn(other: Subject['nextEffect']): Generator<number> {
    let spaces = 0;
    for (const [name, { effect, by }] of this.#asked) {
      if ((spaces & by) === by) continue;
      const [id = 0, at = 0] = name.split(' ').map(Number);
      if (this.#isSame(other, id, at, effect)) continue;
      spaces |= by;
      yield by;
    }
  }

  #isSame(other: Subject['nextEffect'], id: number, at: number, effect: Effect): boolean {
    try {
      return digested(other(this.#action.at(id).state, timeOf(at))) === digested(effect);
    } catch {
      return false;
    }
  }
}

/** The streams of a world, each a machine over a production decider. */
export type Streams = {
  readonly action: Machine<ActionCommand, ActionEvent, ActionState, ActionGhost>;
  readonly budget: Machine<BudgetDayCommand, BudgetDayEvent, BudgetDayState, BudgetGhost>;
  readonly lease: Machine<LeaseCommand, LeaseEvent, LeaseState, LeaseGhost>;
  readonly stop: Machine<KillSwitchCommand, KillSwitchEvent, KillSwitchState, SwitchGhost>;
  readonly effects: Effects;
};

export const streamsOf = (subject: Subject): Streams => {
  const action: Streams['action'] = new Machine(subject.actionDecider, actionRules, ({ state, ghost }) =>
    digested([state, ghost]),
  );
  return {
    action,
    effects: new Effects(action, subject.nextEffect),
    budget: new Machine(subject.budgetDayDecider, budgetRules, ({ ghost }) => digested(ghost.events)),
    lease: new Machine(subject.leaseDecider, leaseRules, ({ ghost }) => digested(ghost)),
    stop: new Machine(subject.killSwitchDecider, switchRules, ({ state, ghost, revision }) =>
      digested([state, ghost, revision]),
    ),
  };
};

/** Sets the space that asks from now on. */
export const askFor = (streams: Streams, space: number): void => {
  for (const one of Object.values(streams)) one.asker = space;
};

/** The heads of the kill switches as a reader finds them. */
export const headsOf = (
  { isEngagedAfter }: Subject,
  { stop }: Streams,
  world: World,
): readonly KillSwitchHead[] => {
  const { ghost, revision } = stop.at(world.stop);
  return [
    {
      stream: 'kill_switch-demo:tenant',
      revision: `${revision}`,
      engaged: ghost.last !== null && isEngagedAfter(ghost.last),
    },
  ];
};

export const contextOf = (world: World, actor: Actor = service): EventContext => ({
  at: timeOf(world.at),
  actor,
});

export const withOne = (world: World, index: number, change: Partial<One>): World => ({
  ...world,
  ones: world.ones.map((one, i) => (i === index ? { ...one, ...change } : one)),
});

export const spend = (world: World, counter: Counter): World => ({
  ...world,
  left: { ...world.left, [counter]: world.left[counter] - 1 },
});
