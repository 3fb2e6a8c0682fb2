import { mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { createDevIssuer } from '@interlock/platform';
import { buildApps } from '@interlock/testing';
import { home } from './cli-home.js';

/** The server's answers by path, or by path with query if there is such an answer. */
export const answers = new Map<
  string,
  { readonly status?: number; readonly body: string; readonly breaks?: boolean }
>();
export const asked: string[] = [];

const server = createServer((request, response) => {
  asked.push(request.url ?? '');
  const answer = answers.get(request.url ?? '') ??
    answers.get(new URL(request.url ?? '', 'http://x').pathname) ?? {
      status: 404,
      body: '{"code":"unknown"}',
    };
  response.writeHead(answer.status ?? 200, {
    'content-type': 'text/plain',
    ...(answer.breaks === true ? { 'content-length': String(answer.body.length * 2) } : {}),
  });
  response.write(answer.body, () => {
    if (answer.breaks === true) response.destroy();
  });
  if (answer.breaks !== true) response.end();
});

/** Builds the program, and starts a server that imitates the API of a running system. */
export const startServing = async (): Promise<void> => {
  await buildApps('apps/cli');
  mkdirSync(join(home, 'keys'));
  await createDevIssuer(join(home, 'keys'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  writeFileSync(
    join(home, 'runtime.json'),
    JSON.stringify({
      http: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
      nats: { url: 'nats://127.0.0.1:1', user: 'u', password: 'p' },
      ready: true,
      pid: 1,
    }),
  );
};
export const stopServing = (): void => {
  server.close();
  rmSync(home, { recursive: true, force: true });
};
