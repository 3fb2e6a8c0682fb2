import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { AgentCredential, InterlockClient, InterlockProblem } from '@interlock/client';
import type { ActionIntentV1 } from '@interlock/contracts';
import { BusPublisher, connectBus, type BusAddress } from '@interlock/jetstream';
import type { NatsConnection } from 'nats';
import { intentsSubject } from './names.js';
import type { Given, Way } from './steady-load.js';
import type { World } from './world.js';

type Headers = { readonly [name: string]: string };
type Send = Way['send'];

const consoleHeader = { 'x-interlock-console': '1' };

/** The code in the text of a problem; undefined if there is none. */
const codeIn = (text: string): string | undefined => {
  try {
    return (JSON.parse(text) as { readonly code?: string }).code;
  } catch {
    return undefined;
  }
};

/** The ways into a world, each with a credential of its own. */
export class WaysIn {
  readonly #connections: NatsConnection[] = [];

  constructor(private readonly world: World) {}

  /** A bearer token submits over HTTP. */
  byToken(token: string): Send {
    return (intent) => this.#ask('/api/v1/autonomous/actions', { authorization: `Bearer ${token}` }, intent);
  }

  /** A session of the console reads. */
  bySession(cookie: string): Send {
    return () => this.#ask('/api/v1/autonomous/status', { cookie, ...consoleHeader });
  }

  /**
   * An agent submits with its credential. `isFresh` gets a token for each request; otherwise one is
   * used for ten minutes.
   */
  byAgent(file: string, isFresh: boolean): Send {
    const credential = AgentCredential.from(file);
    const client = new InterlockClient({ credential });
    return async (intent) => {
      if (isFresh) credential.renew();
      try {
        await client.submit(intent);
        return { status: 200 };
      } catch (error) {
        if (!(error instanceof InterlockProblem)) throw error;
        return { status: error.status, code: error.code };
      }
    };
  }

  /** A tenant's user of the bus publishes. `closed` resolves when the bus refuses it for good. */
  async byBus(user: string, to = intentsSubject): Promise<{ readonly send: Send; closed: Promise<unknown> }> {
    const { home, runtime } = this.world.stack;
    const file = join(home, 'bus-users', `${user}.json`);
    const connection = await connectBus(
      { ...(JSON.parse(readFileSync(file, 'utf8')) as BusAddress), url: runtime.nats.url },
      { maxReconnectAttempts: -1, reconnectTimeWait: 250 },
    );
    this.#connections.push(connection);
    const publisher = new BusPublisher(connection);
    const send = async (intent: ActionIntentV1): Promise<Given> => {
      await publisher.publish(to, this.world.cloudEvent(intent), { msgId: intent.intent_id });
      return { status: 200 };
    };
    return { send, closed: connection.closed() };
  }

  /** Signs in to the console by a link, which is good once; returns the session's cookie. */
  async signIn(link: string): Promise<string> {
    const response = await fetch(`${this.world.stack.runtime.http}/session`, {
      method: 'POST',
      headers: { ...consoleHeader, 'content-type': 'application/json' },
      body: JSON.stringify({ invitation: link.replace(/^.*\/login#invitation=/, '') }),
    });
    if (!response.ok) throw new Error(`the sign-in answered ${response.status}: ${await response.text()}`);
    const cookies = response.headers.getSetCookie();
    return cookies.map((cookie) => cookie.split(';')[0]).join('; ');
  }

  async end(): Promise<void> {
    for (const connection of this.#connections) await connection.close();
  }

  async #ask(path: string, headers: Headers, body?: object): Promise<Given> {
    const response = await fetch(`${this.world.stack.runtime.http}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { ...headers, ...(body === undefined ? {} : { 'content-type': 'application/json' }) },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return { status: response.status, code: response.ok ? '' : codeIn(text) };
  }
}
