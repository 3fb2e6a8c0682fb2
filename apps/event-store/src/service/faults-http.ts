import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { messageOf } from '../model/message-of.js';
import {
  FAULT_ACTIONS,
  FAULT_LIMIT,
  type FaultAction,
  type FaultBoard,
  type Faults,
} from '../model/faults.js';

const BODY_LIMIT = 16 * 1024;

async function readBody(request: IncomingMessage): Promise<unknown> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of request as AsyncIterable<Buffer>) {
    size += chunk.length;
    if (size > BODY_LIMIT) throw new Error('the body is too large');
    chunks.push(chunk);
  }
  return JSON.parse(Buffer.concat(chunks).toString('utf8'));
}

/** Checks requested changes against the known faults; throws at the first error. */
function parseChanges(body: unknown, now: Readonly<Faults>): Partial<Faults> {
  if (typeof body !== 'object' || body === null || Array.isArray(body))
    throw new Error('the body is not an object');
  for (const [name, value] of Object.entries(body)) {
    const current = (now as Record<string, unknown>)[name];
    if (current === undefined)
      throw new Error(`\`${name}\` is not a fault; there are ${Object.keys(now).join(', ')}`);
    if (
      typeof value !== typeof current ||
      (typeof value === 'number' && !(Number.isInteger(value) && value >= 0 && value <= FAULT_LIMIT))
    ) {
      throw new Error(
        `\`${name}\` takes ${typeof current === 'number' ? `a whole number from 0 to ${FAULT_LIMIT}` : 'true or false'}`,
      );
    }
  }
  return body as Partial<Faults>;
}

async function handle(board: FaultBoard, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const reply = (code: number, value: unknown): void => {
    response.writeHead(code, { 'content-type': 'application/json' });
    response.end(JSON.stringify(value));
  };
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  const action = /^\/faults\/([a-z_]+)$/.exec(pathname)?.[1];
  try {
    if (pathname === '/faults' && request.method === 'GET') {
      reply(200, board.now);
    } else if (pathname === '/faults' && request.method === 'POST') {
      board.set(parseChanges(await readBody(request), board.now));
      reply(200, board.now);
    } else if (pathname === '/faults' && request.method === 'DELETE') {
      board.reset();
      reply(200, board.now);
    } else if (request.method === 'POST' && FAULT_ACTIONS.includes(action as FaultAction)) {
      board.perform(action as FaultAction);
      reply(200, board.now);
    } else {
      reply(404, {
        error: `there are GET, POST and DELETE /faults, and POST /faults/{${FAULT_ACTIONS.join(',')}}`,
      });
    }
  } catch (error) {
    reply(400, { error: messageOf(error) });
  }
}

/**
 * Serves the fault switches: `GET /faults`, `POST /faults` with the changes, `DELETE /faults`,
 * `POST /faults/<action>`.
 */
export async function serveFaults(
  board: FaultBoard,
  host: string,
  port: number,
): Promise<{ readonly url: string; stop(): Promise<void> }> {
  const server = createServer((request, response) => void handle(board, request, response));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, resolve);
  });
  return {
    url: `http://${host.includes(':') ? `[${host}]` : host}:${(server.address() as AddressInfo).port}`,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}
