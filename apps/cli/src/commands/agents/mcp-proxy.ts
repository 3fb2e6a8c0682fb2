import type { JSONRPCMessage, RequestId } from '@modelcontextprotocol/sdk/types.js';
import { Session, visible, type Globals } from '../../connection/session.js';
import { act } from '../../program/declare.js';

/**
 * The caller of the tools: the agent of a credential's file, or the session of the command line.
 */
type ProxyCaller = {
  readonly urlOf: (path: string) => URL;
  readonly headers: (method: string, address: string) => Promise<{ readonly [name: string]: string }>;
};
const callerOf = async (globals: Globals, file: string | undefined): Promise<ProxyCaller> => {
  if (file === undefined) {
    const session = new Session(globals);
    return { urlOf: (path) => session.urlOf(path), headers: () => session.headers() };
  }
  const { AgentCredential } = await import('@interlock/client');
  const credential = AgentCredential.from(file);
  return {
    urlOf: (path) => new URL(path, credential.url),
    headers: (method, address) => credential.headers(method, address),
  };
};

/** How long the last messages of an ended answer may take to arrive, in milliseconds. */
const graceMs = 1000;

/** Returns the id of a request; undefined for a notification and for an answer. */
const requestIn = (message: JSONRPCMessage): RequestId | undefined =>
  'method' in message && 'id' in message ? message.id : undefined;

/** Returns the same answer. `ended` is called when its body has ended or broken off. */
const watched = (answer: Response, ended: () => void): Response => {
  if (answer.body === null) {
    ended();
    return answer;
  }
  const reader = answer.body.getReader();
  const body = new ReadableStream<Uint8Array>({
    pull: async (controller) => {
      try {
        const { done, value } = await reader.read();
        if (!done) {
          controller.enqueue(value);
          return;
        }
        controller.close();
      } catch (error) {
        controller.error(error);
      }
      ended();
    },
    cancel: (reason) => reader.cancel(reason),
  });
  return new Response(body, { status: answer.status, headers: answer.headers });
};

/**
 * The requests without an answer so far. INVARIANT: each request gets exactly one answer, also if
 * the connection ends before it, so that no client waits for ever.
 */
class OpenRequests {
  readonly #open = new Map<RequestId, () => void>();
  readonly #answers = new Set<Promise<void>>();

  constructor(private readonly send: (message: JSONRPCMessage) => Promise<void>) {}

  add(id: RequestId): void {
    this.drop(id);
    const answered = new Promise<void>((resolve) => this.#open.set(id, resolve));
    this.#answers.add(answered);
    void answered.finally(() => this.#answers.delete(answered));
  }

  /** Passes a message on, unless it answers what has its answer. */
  async pass(message: JSONRPCMessage): Promise<void> {
    const id = 'method' in message ? undefined : message.id;
    const answered = id === undefined ? undefined : this.#open.get(id);
    if (id !== undefined) {
      if (answered === undefined) return;
      this.#open.delete(id);
    }
    await this.send(message);
    answered?.();
  }

  async fail(id: RequestId, detail: string): Promise<void> {
    if (!this.#open.has(id)) return;
    process.stderr.write(`interlock: ${visible(detail)}\n`);
    await this.pass({ jsonrpc: '2.0', id, error: { code: -32_603, message: detail } });
  }

  /** Resolves when every request so far has its answer. */
  async answered(): Promise<void> {
    await Promise.all(this.#answers);
  }

  /** Waits no longer for an answer, as for a request that the client cancels. */
  drop(id: RequestId): void {
    this.#open.get(id)?.();
    this.#open.delete(id);
  }
}

/**
 * Serves Interlock as an MCP server on the standard streams, for clients that start programs. Each
 * message goes to `/mcp/<server>`, and its answers come back, one per line. It ends with its input.
 */
export const addProxy = act({
  command: 'proxy',
  about: "serve a registered server's tools on the standard streams, behind the rails",
  options: {
    '--server <name>': { about: 'the registered MCP server', required: true },
    '--credential <file>': 'the credential of a registered agent, which renews its own tokens',
    '--agent <name>': 'the agent that asks',
    '--account <name>': 'the account that it asks for',
    '--wait-ms <n>': 'how long to wait for a call',
  },
  run: async ({ globals, options: { server, credential: file, agent, account, waitMs } }) => {
    const caller = await callerOf(globals, file);
    const [{ StdioServerTransport }, { StreamableHTTPClientTransport }, { CancelledNotificationSchema }] =
      await Promise.all([
        import('@modelcontextprotocol/sdk/server/stdio.js'),
        import('@modelcontextprotocol/sdk/client/streamableHttp.js'),
        import('@modelcontextprotocol/sdk/types.js'),
      ]);
    const near = new StdioServerTransport();
    const requests = new OpenRequests((message) => near.send(message));
    const far = new StreamableHTTPClientTransport(caller.urlOf(`/mcp/${encodeURIComponent(server)}`), {
      // The headers are made for each request, because a token expires before a client that runs
      // all day.
      fetch: async (url, init) => {
        const headers = new Headers(init?.headers);
        const address = url instanceof URL ? url.href : url;
        for (const [name, value] of Object.entries(await caller.headers(init?.method ?? 'GET', address)))
          headers.set(name, value);
        const answer = await fetch(url, { ...init, headers });
        const id =
          typeof init?.body === 'string' ? requestIn(JSON.parse(init.body) as JSONRPCMessage) : undefined;
        if (id === undefined || !answer.ok) return answer;
        return watched(answer, () => {
          setTimeout(() => {
            void requests.fail(
              id,
              'the connection to Interlock ended before the answer: nobody can say whether the call was made',
            );
          }, graceMs);
        });
      },
      requestInit: {
        headers: {
          ...(agent === undefined ? {} : { 'interlock-agent': agent }),
          ...(account === undefined ? {} : { 'interlock-account': account }),
          ...(waitMs === undefined ? {} : { 'interlock-wait-ms': waitMs }),
        },
      },
    });
    const ended = new Promise<void>((resolve) => {
      process.stdin.once('end', resolve);
      near.onclose = resolve;
    });
    far.onmessage = (message) => {
      void requests.pass(message);
    };
    near.onmessage = (message) => {
      const id = requestIn(message);
      if (id !== undefined) requests.add(id);
      const cancelled = CancelledNotificationSchema.safeParse(message).data?.params.requestId;
      if (cancelled !== undefined) requests.drop(cancelled);
      void far.send(message).catch((error: unknown) => {
        const detail = error instanceof Error ? error.message : String(error);
        if (id === undefined) process.stderr.write(`interlock: ${visible(detail)}\n`);
        else void requests.fail(id, detail);
      });
    };
    await far.start();
    await near.start();
    await ended;
    await requests.answered();
    await far.close();
  },
});
