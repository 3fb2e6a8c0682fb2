import { spawnSync } from 'node:child_process';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { createServer, type IncomingMessage, type Server } from 'node:http';
import { createServer as createTlsServer } from 'node:https';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { freePort, startGuarded, until } from '@interlock/testing';

export const missingForPrometheus = ['prometheus'].filter(
  (program) => spawnSync(program, ['--version']).status !== 0,
);

const listen = async (server: Server): Promise<number> => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return (server.address() as AddressInfo).port;
};
const close = (server: Server): Promise<void> =>
  new Promise((resolve) => {
    server.closeAllConnections();
    server.close(() => resolve());
  });

export type TestPrometheus = {
  readonly url: string;
  /** What the scraped target says from now on; null: it does not answer. */
  readonly says: (metrics: string | null) => void;
  /** Waits until a query gives that value. */
  readonly has: (query: string, value: string) => Promise<void>;
  readonly stop: () => Promise<void>;
};

/** A real Prometheus, which reads one target twice a second. */
export const startPrometheus = async (): Promise<TestPrometheus> => {
  let metrics: string | null = '';
  const target = createServer((_, response) => {
    response.statusCode = metrics === null ? 503 : 200;
    response.setHeader('content-type', 'text/plain; version=0.0.4');
    response.end(metrics ?? '');
  });
  const home = await mkdtemp(join(tmpdir(), 'interlock-prometheus-'));
  const config = join(home, 'prometheus.json');
  await writeFile(
    config,
    JSON.stringify({
      global: { scrape_interval: '500ms', scrape_timeout: '400ms' },
      scrape_configs: [
        { job_name: 'cells', static_configs: [{ targets: [`127.0.0.1:${await listen(target)}`] }] },
      ],
    }),
  );
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const guarded = await startGuarded({
    program: 'prometheus',
    args: [
      `--config.file=${config}`,
      `--storage.tsdb.path=${join(home, 'data')}`,
      `--web.listen-address=127.0.0.1:${port}`,
    ],
    remove: [home],
    ready: /Server is ready/,
  });
  return {
    url,
    says: (said) => {
      metrics = said;
    },
    has: async (query, value) => {
      await until(async () => {
        const answer = await fetch(`${url}/api/v1/query?query=${encodeURIComponent(query)}`);
        const { data } = (await answer.json()) as {
          readonly data: { readonly result: readonly { readonly value: readonly [number, string] }[] };
        };
        return data.result[0]?.value[1] === value;
      }, `${query} is ${value}`);
    },
    stop: async () => {
      await guarded.stop();
      await close(target);
    },
  };
};

/** The answer of a Prometheus to a request, for a proxy before it. */
const forwarded = async (to: string, request: IncomingMessage): Promise<Response> => {
  const body = await text(request);
  return fetch(`${to}${request.url!}`, {
    method: request.method!,
    headers: { 'content-type': request.headers['content-type'] ?? '' },
    ...(body === '' ? {} : { body }),
  });
};

export type TestProxy = { readonly url: string; readonly stop: () => Promise<void> };

/** A reverse proxy by TLS, as stands before a Prometheus: it asks for a bearer token. */
export const startProxy = async (
  to: string,
  token: string,
  tls: { readonly key: string; readonly cert: string },
): Promise<TestProxy> => {
  const server = createTlsServer(tls, (request, response) => {
    if (request.headers.authorization !== `Bearer ${token}`) {
      response.writeHead(401, { 'content-type': 'text/plain' }).end('Unauthorized\n');
      return;
    }
    forwarded(to, request).then(
      async (answer) => response.writeHead(answer.status).end(await answer.text()),
      () => response.writeHead(502).end(),
    );
  });
  return { url: `https://localhost:${await listen(server)}`, stop: () => close(server) };
};

/** A proxy that waits for `between` after the first answer of a Prometheus. */
export const startSlowProxy = async (to: string, between: () => Promise<void>): Promise<TestProxy> => {
  let count = 0;
  const server = createServer((request, response) => {
    forwarded(to, request).then(
      async (answer) => {
        const body = await answer.text();
        count += 1;
        if (count === 1) await between();
        response.writeHead(answer.status).end(body);
      },
      () => response.writeHead(502).end(),
    );
  });
  return { url: `http://127.0.0.1:${await listen(server)}`, stop: () => close(server) };
};
