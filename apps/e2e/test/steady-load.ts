import { setTimeout as delay } from 'node:timers/promises';
import { actionEndTypes, endStates, type ActionIntentV1 } from '@interlock/contracts';
import { actionIdOf } from '@interlock/kernel';
import { until } from '@interlock/testing';
import type { World } from './world.js';

const everyMs = 1000;

/** An answer to a request, or the absence of one. */
export type Given = {
  /** The HTTP status; 0 if nothing answered. */
  readonly status: number;
  /** The code of the problem; empty for a success, undefined for an answer without a code. */
  readonly code?: string | undefined;
};
/** One way into the installation, with one credential. */
export type Way = {
  readonly name: string;
  /** Sends an intent, or only reads. A throw means that nothing answered. */
  readonly send: (intent: ActionIntentV1) => Promise<Given>;
  readonly reads?: boolean;
};

/** True for an answer that a client takes as a reason to try again. */
const isPassing = ({ status, code }: Given): boolean =>
  status === 0 || status === 429 || (status >= 500 && code !== undefined && code !== 'internal-error');

/**
 * Submits intents all the time, by several ways at once. Each way repeats an intent until it is
 * accepted, and then submits the next one.
 */
export class SteadyLoad {
  /** The actions whose intents were accepted. */
  readonly accepted: string[] = [];
  /** Refusals that no restart explains. */
  readonly refused: string[] = [];
  /** Why requests were not accepted at first, as statuses with codes. */
  readonly passing = new Set<string>();
  readonly #ways = new Map<string, { going: boolean; count: number; running: Promise<void> }>();

  constructor(private readonly intent: () => ActionIntentV1) {}

  /** Starts a way. A way of the same name must have been stopped. */
  add({ name, send, reads = false }: Way): void {
    const way = { going: true, count: 0, running: Promise.resolve() };
    this.#ways.set(name, way);
    way.running = (async () => {
      while (way.going) {
        const intent = this.intent();
        for (let isAccepted = false; !isAccepted && way.going; await delay(everyMs)) {
          const given = await send(intent).catch((): Given => ({ status: 0, code: '' }));
          isAccepted = given.status >= 200 && given.status < 300;
          const told = `${given.status} ${given.code ?? ''}`.trim();
          if (isAccepted) {
            way.count += 1;
            if (!reads) this.accepted.push(actionIdOf(intent.tenant_id, intent.intent_id));
          } else if (isPassing(given)) this.passing.add(told);
          else {
            this.refused.push(`${name}: ${told}`);
            return;
          }
        }
      }
    })();
  }

  /** Stops a way, or all of them, once the last request is answered. It is not repeated. */
  async stop(name?: string): Promise<void> {
    const ways = [...this.#ways].filter(([one]) => name === undefined || one === name);
    for (const [, way] of ways) way.going = false;
    await Promise.all(ways.map(([, { running }]) => running));
    for (const [one] of ways) this.#ways.delete(one);
  }

  /** Waits until every way has had two further successes: one may have been under way. */
  async goesOn(): Promise<void> {
    const before = new Map([...this.#ways].map(([name, { count }]) => [name, count]));
    const waits = (): readonly string[] =>
      [...this.#ways].flatMap(([name, { count }]) => (count < (before.get(name) ?? 0) + 2 ? [name] : []));
    await until(() => this.refused.length > 0 || waits().length === 0, 'every way is accepted').catch(
      (error: unknown) => {
        throw new Error(`nothing is accepted of ${waits().join(', ')}`, { cause: error });
      },
    );
  }
}

const isEnd = (type: string): boolean => (actionEndTypes as readonly string[]).includes(type);

/**
 * Waits for the end of actions, and cancels those that wait for a person. Returns the actions that
 * were not accepted once and ended once, with their events.
 */
export const notEndedOnce = async (world: World, ids: readonly string[]): Promise<readonly string[]> => {
  const wrong: string[] = [];
  for (const id of ids) {
    await until(async () => {
      const { state } = await world.view(id);
      if (state.startsWith('AWAITING_'))
        await world.call('POST', `/api/v1/autonomous/actions/${id}/cancel`, {});
      return (endStates as readonly string[]).includes(state);
    }, `action ${id} has ended`);
    const types = await world.types(id);
    const counts = [types.filter((type) => type === 'IntentAccepted'), types.filter(isEnd)];
    if (counts.some(({ length }) => length !== 1)) wrong.push(`${id}: ${types.join(' ')}`);
  }
  return wrong;
};
