import { createServer, type IncomingMessage } from 'node:http';
import {
  answerStep,
  NotApplied,
  readWebhook,
  verifierOf,
  type HandlerRequest,
  type HandlerTable,
} from './handlers.js';

/** Handlers by action type. */
type Handlers = { readonly [actionType: string]: HandlerTable };
/** The status and the JSON text of an answer. */
export type WebhookAnswer = { readonly status: number; readonly body: string };
export type WebhookServer = {
  /** The port that a port of 0 became. */
  readonly port: number;
  readonly stop: () => Promise<void>;
};

const largestBody = 1_048_576;

const refusal = (status: number, detail: string): WebhookAnswer => ({
  status,
  body: JSON.stringify({ detail }),
});

/**
 * Verifies a request from Interlock and answers it by the handler of its action type. A status from
 * 400 to 499 tells Interlock that nothing was done. After 500 it asks for the status. `onFault`
 * receives the errors of steps. Throws TypeError if the secret is none.
 */
export const answerWebhook = async (
  secret: string,
  handlers: Handlers,
  headers: Parameters<typeof readWebhook>[1],
  body: string,
  onFault: (error: unknown) => void = () => undefined,
): Promise<WebhookAnswer> => {
  verifierOf(secret);
  let request: HandlerRequest;
  try {
    request = readWebhook(secret, headers, body);
  } catch {
    return refusal(401, 'the request is not from Interlock, was changed, or is too old');
  }
  const { step, action_type: actionType } = request;
  const handler = Object.hasOwn(handlers, actionType) ? handlers[actionType] : undefined;
  if (handler?.[step] === undefined) return refusal(404, `there is no ${step} of \`${actionType}\` here`);
  try {
    return { status: 200, body: JSON.stringify(await answerStep(handler, request)) };
  } catch (error) {
    if (error instanceof NotApplied) return refusal(422, error.message);
    onFault(error);
    return refusal(500, 'nobody knows how far it came');
  }
};

/**
 * The body of a request; undefined if it is too large. It is read to its end, so that the sender
 * receives the answer.
 */
const bodyOf = async (request: IncomingMessage): Promise<string | undefined> => {
  const chunks: Buffer[] = [];
  let length = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length <= largestBody) chunks.push(chunk);
  }
  return length > largestBody ? undefined : Buffer.concat(chunks).toString('utf8');
};

/**
 * Answers webhooks on a port of this process, until `stop`. A larger program calls `answerWebhook`
 * from its own web server. Throws if the secret is none or the port is taken.
 */
export const serveWebhooks = async (
  secret: string,
  handlers: Handlers,
  {
    port = 0,
    host = '127.0.0.1',
    onFault = () => undefined,
  }: {
    readonly port?: number;
    readonly host?: string;
    readonly onFault?: (error: unknown) => void;
  } = {},
): Promise<WebhookServer> => {
  verifierOf(secret);
  const server = createServer((request, response) => {
    const answering = async (): Promise<void> => {
      const body = await bodyOf(request);
      const answer =
        body === undefined
          ? refusal(413, 'the body is too large')
          : await answerWebhook(secret, handlers, request.headers, body, onFault);
      response.writeHead(answer.status, { 'content-type': 'application/json' }).end(answer.body);
    };
    answering().catch((error: unknown) => {
      onFault(error);
      response.destroy();
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  const address = server.address();
  return {
    port: typeof address === 'object' && address !== null ? address.port : port,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};
