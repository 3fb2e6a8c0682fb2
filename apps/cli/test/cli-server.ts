import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { buildApps } from '@interlock/testing';
import { home } from './cli-home.js';

/** The server's requests, in order. */
export const asked: { method: string; url: string; body: string; authorization: string }[] = [];
/** The waiting action, as the server shows it. */
let shown: object = {};
export const show = (action: object): void => {
  shown = action;
};

/** An action that waits for approval, and one for which everything is refused. */
export const [waits, refuses] = [
  '0199a000-0000-7000-8000-000000000001',
  '0199a000-0000-7000-8000-000000000002',
];

export const people = '/api/v1/audit/people';
export const whole = '11111111-1111-4111-8111-111111111111';
const cut = '22222222-2222-4222-8222-222222222222';
/** Knows `cut…`, whose export breaks off, and every other subject but those of zeros. */
const answerPerson = ({ url, method }: IncomingMessage, response: ServerResponse, body: string): void => {
  if (url === `${people}/lookup`) {
    const { subject } = JSON.parse(body) as { subject: string };
    const known = !subject.endsWith('000000');
    response.writeHead(known ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        known
          ? { person_id: subject.startsWith('cut') ? cut : whole }
          : { code: 'not-found', detail: 'nobody' },
      ),
    );
  } else if (method === 'DELETE') {
    response.writeHead(url?.endsWith(whole) === true ? 200 : 404, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify({ person_id: whole, erased: 'now', erased_at: 'now', position: '1', code: 'not-found' }),
    );
  } else {
    response.write('{"person":{}}\n');
    if (url === `${people}/${cut}`) setImmediate(() => response.destroy());
    else response.end();
  }
};

/** Answers by method and path with query; these have priority. */
export const answers = new Map<string, unknown>();
/** Answers made for each request, by method and path; these come before all others. */
export const handlers = new Map<string, (body: string) => readonly [status: number, answer: unknown]>();
/** Problems by method and path. */
export const refusals = new Map<string, object>();
/** Listeners of the live stream. */
const listeners = new Set<ServerResponse>();
/** Sends a change of an action to every listener; waits until there is one. */
export const tellChange = async (id: string, position: string): Promise<void> => {
  while (listeners.size === 0) await new Promise(setImmediate);
  for (const response of listeners)
    response.write(
      `id: ${position}\nevent: actions\ndata: ${JSON.stringify({ topic: 'actions', id, position })}\n\n`,
    );
};

const answer = (request: IncomingMessage, response: ServerResponse): void => {
  let body = '';
  request.on('data', (chunk: Buffer) => {
    body += chunk.toString();
  });
  request.on('end', () => {
    asked.push({
      method: request.method ?? '',
      url: request.url ?? '',
      body,
      authorization: request.headers.authorization ?? '',
    });
    const made = handlers.get(`${request.method ?? ''} ${request.url ?? ''}`)?.(body);
    if (made !== undefined) {
      response.writeHead(made[0], { 'content-type': 'application/json' });
      response.end(JSON.stringify(made[1]));
      return;
    }
    const named = answers.get(`${request.method ?? ''} ${request.url ?? ''}`);
    if (named !== undefined) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(named));
      return;
    }
    const problem = refusals.get(`${request.method ?? ''} ${request.url ?? ''}`);
    if (problem !== undefined) {
      response.writeHead(422, { 'content-type': 'application/problem+json' });
      response.end(JSON.stringify(problem));
      return;
    }
    if (request.url?.startsWith('/api/v1/live') === true) {
      response.writeHead(200, { 'content-type': 'text/event-stream' });
      response.write('event: time\ndata: {}\n\n');
      listeners.add(response);
      response.on('close', () => listeners.delete(response));
      return;
    }
    if (request.url?.startsWith(people) === true) {
      answerPerson(request, response, body);
      return;
    }
    if (request.url?.includes(waits) === true) {
      response.writeHead(200, { 'content-type': 'application/json' });
      response.end(JSON.stringify(shown));
      return;
    }
    const refused = request.url?.includes(refuses) === true;
    response.writeHead(refused ? 409 : 200, { 'content-type': 'application/json' });
    response.end(
      JSON.stringify(
        refused
          ? {
              code: 'wrong-state',
              detail: 'the action is DENIED',
              violations: [{ pointer: '/x', detail: 'is bad' }],
            }
          : { items: [], receipt: 1 },
      ),
    );
  });
};
const server = createServer(answer);

/** Builds the program, and starts a server that imitates the API of a running system. */
export const startAnswering = async (): Promise<void> => {
  await buildApps('apps/cli');
  mkdirSync(join(home, 'keys'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(
    join(home, 'runtime.json'),
    JSON.stringify({
      http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      nats: { url: 'nats://127.0.0.1:1', user: 'demo.upstream', password: 'p' },
      ready: true,
      pid: 1,
    }),
  );
};
export const stopAnswering = (): void => {
  server.close();
  rmSync(home, { recursive: true, force: true });
};
