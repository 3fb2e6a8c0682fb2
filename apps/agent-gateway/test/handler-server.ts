import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { once } from 'node:events';
import { Webhook } from 'standardwebhooks';

/** How the handler treats a step: as it should, or with a fault of its own. */
export type Behaviour =
  | 'well'
  /** Acts and answers once the test says so. */
  | 'waits'
  /** Acts, and then breaks the connection. */
  | 'acts-and-resets'
  /** Breaks the connection without acting. */
  | 'resets'
  /** Says that it has acted, and has not. */
  | 'lies'
  /** Never answers. */
  | 'hangs'
  /** Answers a byte now and then, for ever. */
  | 'endless'
  | 'huge'
  | 'wrong-schema'
  | 'redirects'
  | 'refuses'
  | 'busy'
  | 'fails';

type Body = {
  readonly step: string;
  readonly action_id: string;
  readonly action_type: string;
  readonly undo?: unknown;
};
export type Heard = {
  readonly step: string;
  readonly key: string;
  readonly body: Body;
  readonly traceparent: string | undefined;
};

const textOf = async (request: IncomingMessage): Promise<string> => {
  const chunks: Buffer[] = [];
  for await (const chunk of request as AsyncIterable<Buffer>) chunks.push(chunk);
  return Buffer.concat(chunks).toString('utf8');
};

/**
 * A tenant's handler: a real HTTP server that remembers what it has done, checks every signature,
 * and misbehaves as it is told.
 */
export class HandlerServer {
  readonly secret: string;
  readonly received: Heard[] = [];
  /** Actions that it has done and not undone. */
  readonly done = new Set<string>();
  /** By step, or by action type and step (`mail.sort apply`). */
  readonly behaviour = new Map<string, Behaviour>();
  /** Calls of `apply` that wait for `release`, where it behaves so. */
  readonly waiting = new Map<string, () => void>();
  readonly unsigned: string[] = [];
  readonly #open = new Set<ServerResponse>();
  #server: Server | undefined;
  #port = 0;
  drop = -5;

  constructor(secret: string) {
    this.secret = secret;
  }

  get url(): string {
    return `http://127.0.0.1:${this.#port}/handler`;
  }

  async start(): Promise<void> {
    this.#server = createServer((request, response) => {
      this.#open.add(response);
      this.#answer(request, response).catch(() => response.destroy());
    });
    this.#server.listen(this.#port, '127.0.0.1');
    await once(this.#server, 'listening');
    const address = this.#server.address();
    this.#port = typeof address === 'object' && address !== null ? address.port : 0;
  }

  async stop(): Promise<void> {
    for (const response of this.#open) response.destroy();
    const server = this.#server;
    if (server === undefined) return;
    server.closeAllConnections();
    await new Promise((resolve) => server.close(resolve));
  }

  count(step: string): number {
    return this.received.filter((one) => one.step === step).length;
  }

  #well(body: Body): object {
    switch (body.step) {
      case 'estimate_impact':
        return { affected_entity_count: 2 };
      case 'plan':
        return { diff: [{ path: '/state', before: 'here', after: 'quarantined' }], reversible: true };
      case 'apply':
        this.done.add(body.action_id);
        return { status: 'applied', undo: { message: `of ${body.action_id}` } };
      case 'observe':
        return { before: { spam_pct: 10 }, after: { spam_pct: 10 + this.drop }, samples: 3 };
      case 'confirm':
        return { status: 'confirmed' };
      case 'undo':
        this.done.delete(body.action_id);
        return { status: 'undone' };
      default:
        return { status: this.done.has(body.action_id) ? 'applied' : 'not_applied' };
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const text = await textOf(request);
    try {
      new Webhook(this.secret).verify(text, {
        'webhook-id': String(request.headers['webhook-id']),
        'webhook-timestamp': String(request.headers['webhook-timestamp']),
        'webhook-signature': String(request.headers['webhook-signature']),
      });
    } catch (error) {
      this.unsigned.push(String(error));
      response.writeHead(401).end();
      return;
    }
    const body = JSON.parse(text) as Body;
    const { 'idempotency-key': key, traceparent } = request.headers;
    this.received.push({ step: body.step, key: String(key), body, traceparent: traceparent?.toString() });
    const json = (status: number, value: object): void => {
      response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(value));
    };
    const { action_type: type, step } = body;
    switch (this.behaviour.get(`${type} ${step}`) ?? this.behaviour.get(step) ?? 'well') {
      case 'well':
        json(200, this.#well(body));
        return;
      case 'waits':
        this.waiting.set(body.action_id, () => {
          this.waiting.delete(body.action_id);
          json(200, this.#well(body));
        });
        return;
      case 'acts-and-resets':
        this.#well(body);
        response.destroy();
        return;
      case 'resets':
        response.destroy();
        return;
      case 'hangs':
        return;
      case 'endless': {
        response.writeHead(200, { 'content-type': 'application/json' });
        const timer = setInterval(() => response.write(' '), 20);
        response.once('close', () => clearInterval(timer));
        return;
      }
      case 'huge':
        this.#well(body);
        json(200, { status: 'applied', padding: 'x'.repeat(1_000_000) });
        return;
      case 'wrong-schema':
        json(200, { status: 'splendid' });
        return;
      case 'lies':
        json(200, { status: 'applied' });
        return;
      case 'redirects':
        response.writeHead(307, { location: 'http://169.254.169.254/latest/meta-data' }).end();
        return;
      case 'refuses':
        json(422, {});
        return;
      case 'busy':
        json(503, {});
        return;
      case 'fails':
        json(200, {
          status: 'failed',
          reasons: [{ code: 'mailbox-locked', detail: 'the mailbox is locked' }],
        });
    }
  }
}
