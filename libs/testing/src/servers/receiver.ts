import { createServer, type IncomingHttpHeaders, type ServerResponse } from 'node:http';
import type { AddressInfo, Server } from 'node:net';

export type Received = {
  readonly method: string;
  readonly path: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
};
/** A receiver's answer to a request, given the request's number from 0. */
export type Behaviour = (response: ServerResponse, request: Received, number: number) => void;

/** The test's own HTTP server, which keeps its requests. */
export type Receiver = {
  readonly url: string;
  readonly port: number;
  readonly received: Received[];
  behave: Behaviour;
  readonly stop: () => Promise<void>;
};

export const takesAll: Behaviour = (response) =>
  response.writeHead(200, { 'content-type': 'application/json' }).end('{}');

/** The headers of Standard Webhooks. */
export const signatureOf = (one: Received | undefined): { readonly [name: string]: string } =>
  Object.fromEntries(
    ['webhook-id', 'webhook-timestamp', 'webhook-signature'].map((name) => [
      name,
      String(one?.headers[name] ?? ''),
    ]),
  );

export const listening = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};

export const startReceiver = async (
  behave: Behaviour = takesAll,
  make: typeof createServer = createServer,
): Promise<Receiver> => {
  const received: Received[] = [];
  const server = make((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const one = {
        method: request.method ?? '',
        path: request.url ?? '',
        headers: request.headers,
        body: Buffer.concat(chunks).toString('utf8'),
      };
      received.push(one);
      receiver.behave(response, one, received.length - 1);
    });
  });
  const port = await listening(server);
  const receiver: Receiver = {
    url: `http://127.0.0.1:${port}`,
    port,
    received,
    behave,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
  return receiver;
};
