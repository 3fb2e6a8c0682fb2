import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync } from 'node:fs';
import type { ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { bareEnvironment, commandLine, startReceiver, type Receiver } from '@interlock/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { UnsecuredJWT } from 'jose';

const home = mkdtempSync(join(tmpdir(), 'interlock-proxy-'));
let receiver: Receiver;
let answer: (response: ServerResponse, id: unknown) => void;

beforeAll(async () => {
  receiver = await startReceiver((response, { method, body }) => {
    if (method === 'POST') answer(response, (JSON.parse(body) as { readonly id?: unknown }).id);
    else response.writeHead(405).end();
  });
});
afterAll(async () => {
  await receiver.stop();
  rmSync(home, { recursive: true, force: true });
});

/** Runs the proxy on these messages and then ends its input. Resolves to its answers. */
const proxied = (...messages: readonly object[]): Promise<readonly object[]> =>
  new Promise((resolve) => {
    const token = new UnsecuredJWT({ tenant: 'demo' }).setSubject('ann').encode();
    const child = spawn(process.execPath, [commandLine, 'mcp', 'proxy', '--server', 'files'], {
      env: {
        ...bareEnvironment,
        HOME: home,
        INTERLOCK_URL: receiver.url,
        INTERLOCK_TOKEN: token,
        INTERLOCK_TENANT: 'demo',
      },
      stdio: ['pipe', 'pipe', 'ignore'],
    });
    const chunks: Buffer[] = [];
    child.stdout.on('data', (chunk: Buffer) => chunks.push(chunk));
    child.once('close', () => {
      const lines = Buffer.concat(chunks).toString('utf8').split('\n');
      resolve(lines.filter((line) => line !== '').map((line) => JSON.parse(line) as object));
    });
    child.stdin.end(messages.map((message) => `${JSON.stringify(message)}\n`).join(''));
  });
const call = (id: number): object => ({ jsonrpc: '2.0', id, method: 'tools/call', params: { name: 'read' } });
const events = (response: ServerResponse): ServerResponse => {
  response.writeHead(200, { 'content-type': 'text/event-stream' }).flushHeaders();
  return response;
};
const result = (id: unknown): string =>
  `data: ${JSON.stringify({ jsonrpc: '2.0', id, result: { content: [] } })}\n\n`;

describe('the proxy of MCP', () => {
  const lost = {
    jsonrpc: '2.0',
    id: 1,
    error: {
      code: -32_603,
      message:
        'the connection to Interlock ended before the answer: nobody can say whether the call was made',
    },
  };
  it.each<[string, (response: ServerResponse) => void]>([
    ['that breaks off', (response) => events(response).write(': wait\n\n', () => response.destroy())],
    ['that ends', (response) => events(response).end(': wait\n\n')],
    ['without a body', (response) => response.writeHead(202).end()],
  ])('tells its client of an answer %s', async (_, behave) => {
    answer = behave;
    expect(await proxied(call(1))).toEqual([lost]);
  });

  it('passes on an answer that arrives after its input has ended, and each once', async () => {
    answer = (response, id) => {
      events(response);
      setTimeout(() => response.end(result(id) + result(id)), 300);
    };
    const answers = await proxied(call(1), call(2));
    expect(answers).toHaveLength(2);
    for (const id of [1, 2]) expect(answers).toContainEqual({ jsonrpc: '2.0', id, result: { content: [] } });
  });

  it('waits for no answer to a request that its client cancels', async () => {
    const open: ServerResponse[] = [];
    answer = (response, id) => {
      if (id === undefined) response.writeHead(202).end();
      else open.push(events(response));
    };
    const cancelled = { jsonrpc: '2.0', method: 'notifications/cancelled', params: { requestId: 1 } };
    expect(await proxied(call(1), cancelled)).toEqual([]);
    for (const response of open) response.destroy();
  });
});
