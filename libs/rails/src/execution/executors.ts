import { defaults, streamName, systemTenant, type Timestamp } from '@interlock/contracts';
import type { Decider } from '@interlock/kernel';

/** An instance of a service that executes actions, by the names that it registered. */
export type ExecutorName = { readonly service: string; readonly instance: string };
/**
 * The kill-switch event that an executor has acknowledged. After this, the executor sends nothing
 * under an older lease.
 */
export type AnsweredUse = { readonly stream: string; readonly revision: string };

export type ExecutorEvent =
  | { readonly type: 'ExecutorRegistered'; readonly data: ExecutorName & { readonly expires_at: Timestamp } }
  | { readonly type: 'ExecutorAnswered'; readonly data: ExecutorName & AnsweredUse }
  | { readonly type: 'ExecutorLeft'; readonly data: ExecutorName };

export type ExecutorCommand = ExecutorName &
  (
    | { readonly kind: 'register'; readonly now: Timestamp }
    | ({ readonly kind: 'answer' } & AnsweredUse)
    | { readonly kind: 'leave' }
  );

export type RegisteredExecutor = ExecutorName & {
  readonly expires_at: Timestamp;
  /** The latest event that it has acknowledged, by the stream of the switch. */
  readonly answered: { readonly [stream: string]: string };
};
/** The executors that may hold a lease, in the order of registration. */
export type ExecutorsState = { readonly registered: readonly RegisteredExecutor[] };

/**
 * The stream of all executors. Its old events are dropped, because each executor registers again
 * and again.
 */
export const executorsStream = streamName('executor', systemTenant, 'all');

const isSame = (one: ExecutorName, other: ExecutorName): boolean =>
  one.service === other.service && one.instance === other.instance;
const find = ({ registered }: ExecutorsState, name: ExecutorName): RegisteredExecutor | undefined =>
  registered.find((one) => isSame(one, name));
const hasAnswered = ({ answered }: RegisteredExecutor, { stream, revision }: AnsweredUse): boolean => {
  const latest = answered[stream];
  return latest !== undefined && BigInt(latest) >= BigInt(revision);
};

/**
 * Returns the executors that may hold a lease now, and whether each has acknowledged the use of a
 * switch.
 */
export const executorsAsked = (
  state: ExecutorsState,
  use: AnsweredUse,
  now: Timestamp,
): readonly (ExecutorName & { readonly answered: boolean })[] =>
  state.registered
    .filter(({ expires_at }) => now < expires_at)
    .map((one) => ({ service: one.service, instance: one.instance, answered: hasAnswered(one, use) }));

/**
 * Executors register before they take their first lease, and again before their registration
 * expires. Without a registration they take no lease.
 */
export const executorDecider: Decider<ExecutorCommand, ExecutorEvent, ExecutorsState> = {
  name: 'executors',
  types: ['ExecutorRegistered', 'ExecutorAnswered', 'ExecutorLeft'],
  initial: { registered: [] },
  expires: true,
  decide: (command, state) => {
    const { service, instance } = command;
    const known = find(state, command);
    switch (command.kind) {
      case 'register': {
        const expires = new Date(Date.parse(command.now) + defaults.executor_registration_s * 1000);
        return [
          { type: 'ExecutorRegistered', data: { service, instance, expires_at: expires.toISOString() } },
        ];
      }
      case 'answer': {
        const { stream, revision } = command;
        return known === undefined || hasAnswered(known, command)
          ? []
          : [{ type: 'ExecutorAnswered', data: { service, instance, stream, revision } }];
      }
      case 'leave':
        return known === undefined ? [] : [{ type: 'ExecutorLeft', data: { service, instance } }];
    }
  },
  evolve: (state, { type, data, metadata: { occurred_at: now } }) => {
    const known = find(state, data);
    const others = state.registered.filter((one) => !isSame(one, data));
    switch (type) {
      case 'ExecutorRegistered': {
        const { service, instance, expires_at } = data;
        return {
          registered: [
            // Long-expired registrations are dropped, so that the list does not grow with every
            // former instance.
            ...others.filter((one) => one.expires_at > now),
            { service, instance, expires_at, answered: known?.answered ?? {} },
          ],
        };
      }
      case 'ExecutorAnswered':
        return known === undefined
          ? state
          : {
              registered: state.registered.map((one) =>
                isSame(one, data)
                  ? { ...one, answered: { ...one.answered, [data.stream]: data.revision } }
                  : one,
              ),
            };
      case 'ExecutorLeft':
        return { registered: others };
    }
  },
};
