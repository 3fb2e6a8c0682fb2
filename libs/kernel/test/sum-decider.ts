import {
  CommandHandler,
  isProblem,
  ProblemError,
  type CommandContext,
  type Decider,
  type EventStore,
} from '../src/index.js';

export type Event =
  | { readonly type: 'Added'; readonly data: { readonly n: number } }
  | { readonly type: 'Refused'; readonly data: { readonly n: number } };
export type Command = {
  readonly kind: 'add';
  readonly n: number;
  readonly max: number;
  readonly now?: string;
};

export const sum: Decider<Command, Event, number> = {
  name: 'sum',
  types: ['Added', 'Refused'],
  initial: 0,
  decide: ({ n, max }, state) => {
    if (n < 0) throw new ProblemError('validation-failed', 'n must not be negative');
    if (n === 0) return [];
    return [{ type: state + n <= max ? 'Added' : 'Refused', data: { n } }];
  },
  evolve: (state, event) => (event.type === 'Added' ? state + event.data.n : state),
  schemaVersions: { Added: 3 },
};
export const stream = 'budget-demo:day';
export const context = (commandId: string, over: Partial<CommandContext> = {}): CommandContext => ({
  commandId,
  tenantId: 'demo',
  actor: { kind: 'service', service: 'test' },
  now: '2026-01-01T00:00:00.000Z',
  correlationId: 'c',
  causationId: 'k',
  ...over,
});
export const handlerOn = (store: EventStore, over: object = {}): CommandHandler<Command, Event, number> =>
  new CommandHandler(store, sum, { backoff: () => Promise.resolve(), ...over });
/** The store with one of its methods replaced. */
export const withMethod = (store: EventStore, over: Partial<EventStore>): EventStore => ({
  append: (...args) => store.append(...args),
  read: (...args) => store.read(...args),
  readAll: (...args) => store.readAll(...args),
  subscribe: (...args) => store.subscribe(...args),
  head: () => store.head(),
  setRetention: (...args) => store.setRetention(...args),
  scavenge: () => store.scavenge(),
  ...over,
});
export const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'none',
    (error: unknown) => (isProblem(error) ? error.code : String(error)),
  );
