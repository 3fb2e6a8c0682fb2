import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { beforeAll, describe, expect, it } from '@jest/globals';
import { buildApps, freePort } from '@interlock/testing';

const program = fileURLToPath(new URL('../dist/container.js', import.meta.url));

describe('a container that waits for what it needs', () => {
  beforeAll(() => buildApps('apps/interlock'));

  it.each([
    ['SIGTERM', 143],
    ['SIGINT', 130],
  ] as const)('ends by itself at %s, which process 1 would otherwise ignore', async (signal, code) => {
    const port = await freePort();
    const container = spawn(process.execPath, ['--no-warnings', program, 'await'], {
      env: { ...process.env, DATABASE_URL: `postgres://nobody@127.0.0.1:${port}/interlock` },
      stdio: ['ignore', 'pipe', 'inherit'],
    });
    const ended = once(container, 'exit');
    try {
      for await (const line of createInterface({ input: container.stdout }))
        if (line.includes('waiting for `prepare`')) break;
      container.kill(signal);
      // A process that the signal itself ended would have no code.
      expect(await ended).toEqual([code, null]);
    } finally {
      container.kill('SIGKILL');
      await ended;
    }
  });
});
