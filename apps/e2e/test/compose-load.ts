import { randomUUID } from 'node:crypto';
import { setTimeout as delay } from 'node:timers/promises';
import { endStates } from '@interlock/contracts';
import { until } from '@interlock/testing';
import type { Compose } from './compose.js';

const answerMs = 10_000;
const everyMs = 1000;
const tenant = 'demo';
type Body = { readonly [name: string]: unknown };
type Action = { readonly action_id: string; readonly state: string };

/** Uses the installation through both of its edges in turn. */
export class Load {
  /** The actions whose intents were accepted. */
  readonly accepted: string[] = [];
  /** Answers that no fault of a container explains. */
  readonly odd: string[] = [];
  #going = true;
  #turn = 0;
  #running: Promise<void> = Promise.resolve();

  constructor(private readonly stack: Compose) {}

  async ask(
    method: string,
    path: string,
    body?: object,
    sub = 'load-officer',
  ): Promise<{ readonly status: number; readonly body: Body }> {
    this.#turn += 1;
    const edge = this.stack.edges[this.#turn % 2 === 0 ? 0 : 1];
    const response = await fetch(`${edge}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.stack.token(sub)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      signal: AbortSignal.timeout(answerMs),
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    return { status: response.status, body: (await response.json()) as Body };
  }

  /** The same request until it has an answer that is no fault of the installation. */
  async surely(method: string, path: string, body?: object): Promise<Body> {
    for (;;) {
      const answer = await this.ask(method, path, body).catch(() => undefined);
      if (answer !== undefined && answer.status < 300) return answer.body;
      if (answer !== undefined && answer.status < 500 && answer.status !== 429)
        throw new Error(`${method} ${path} answered ${answer.status}: ${JSON.stringify(answer.body)}`);
      await delay(250);
    }
  }

  /** Submits an intent each second, to be decided and not executed, until `stop`. */
  start(): void {
    this.#running = (async () => {
      while (this.#going) {
        const intent = {
          intent_id: `load-${randomUUID()}`,
          tenant_id: tenant,
          account_id: 'ran-north',
          agent: 'ran-optimizer',
          action_type: 'cell_failover',
          entity_id: 'cell-005-1',
          parameters: { power_raise_db: 3, cell_individual_offset: 3 },
          affected_entity_count: 3,
          confidence_score: 0.93,
          risk_level: 'LOW',
          lifecycle_state: 'ACTIVE',
          dry_run: true,
        };
        await this.surely('POST', '/api/v1/autonomous/actions', intent).then(
          ({ action_id: id }) => this.accepted.push(String(id)),
          (error: unknown) => this.odd.push((error as Error).message),
        );
        await delay(everyMs);
      }
    })();
  }

  async stop(): Promise<void> {
    this.#going = false;
    await this.#running;
  }

  /** Waits until each intent that the bus has taken is an action: it may still wait there. */
  async taken(ids: readonly string[]): Promise<void> {
    for (const id of ids)
      await until(
        async () => (await this.ask('GET', `/api/v1/autonomous/actions/${id}`)).status === 200,
        `the intent of the action ${id} is accepted`,
      );
  }

  /** Follows actions to their ends, and cancels what waits for people. Their states by id. */
  async ended(ids: readonly string[]): Promise<ReadonlyMap<string, string>> {
    const ends = new Map<string, string>();
    for (let open = [...ids]; open.length > 0; open = open.filter((id) => !ends.has(id))) {
      for (const id of open) {
        const { state } = (await this.surely('GET', `/api/v1/autonomous/actions/${id}`)) as Body & Action;
        if ((endStates as readonly string[]).includes(state)) ends.set(id, state);
        else if (state.startsWith('AWAITING_'))
          await this.ask('POST', `/api/v1/autonomous/actions/${id}/cancel`, {}).catch(() => undefined);
      }
      await delay(everyMs);
    }
    return ends;
  }
}
