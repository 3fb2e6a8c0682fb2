import type { Effects } from '../../src/actions/effects.js';
import type { Planted } from './services.js';

type Outcome = Awaited<ReturnType<Effects['perform']>>;

/** Mistakes that somebody could make, each with what the rules must say of it. */
export const plants: readonly {
  readonly name: string;
  readonly planted: () => Planted;
  readonly finds: RegExp;
}[] = [
  {
    name: 'an executor that does not look at its permit when it writes',
    planted: () => ({
      client: (client) => ({
        call: (call) =>
          client.call({
            ...call,
            beforeSend: () => {
              try {
                call.beforeSend?.();
              } catch {
                // That is the mistake.
              }
            },
          }),
      }),
    }),
    finds: /rule [12]:/,
  },
  {
    name: 'an orchestrator that takes its last look before its turn',
    planted: () => {
      const looked = new Map<string, Outcome>();
      return {
        effects: (effects) => ({
          perform: async (effect, state) => {
            const id = state.accepted.action_id;
            if (effect.kind === 'take_turn' && !looked.has(id))
              looked.set(id, await effects.perform({ kind: 'last_look' }, state));
            const early = effect.kind === 'last_look' ? looked.get(id) : undefined;
            if (early !== undefined && 'command' in early)
              return { command: { ...early.command, now: new Date().toISOString() } };
            return effects.perform(effect, state);
          },
        }),
      };
    },
    finds: /rule 6:/,
  },
  {
    name: 'a sender that repeats what was not answered under another key',
    planted: () => ({
      client: (client) => ({
        call: async (call) => {
          const result = await client.call(call);
          return call.step === 'apply' && result.kind === 'unknown'
            ? client.call({ ...call, request_id: `${call.request_id}-again` })
            : result;
        },
      }),
    }),
    finds: /rule 1:/,
  },
  {
    name: 'a ledger that appends without the revision that it has decided on',
    planted: () => ({
      store: (service, store) =>
        service === 'budget-ledger'
          ? { ...store, append: (stream, events) => store.append(stream, events, 'any') }
          : store,
    }),
    finds: /rule 3:/,
  },
  {
    name: 'rails that append without the revision that they have decided on',
    planted: () => ({
      store: (service, store) =>
        service === 'safety-rails'
          ? { ...store, append: (stream, events) => store.append(stream, events, 'any') }
          : store,
    }),
    finds: /./,
  },
  { name: 'rails without a sweep', planted: () => ({ withoutSweep: true }), finds: /rule 4:/ },
];
