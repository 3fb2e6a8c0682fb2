import { chmodSync, existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { buildApps, startGuarded, until } from '@interlock/testing';

const program = fileURLToPath(new URL('../run/main.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'interlock-stopped-'));
// The account of Postgres must be able to traverse it.
chmodSync(home, 0o711);
afterAll(() => rmSync(home, { recursive: true, force: true, maxRetries: 10, retryDelay: 200 }));

describe('an Interlock that is stopped while it registers its tenant', () => {
  beforeAll(() => buildApps('apps/interlock'));

  it('stops like a ready one', async () => {
    const { NODE_OPTIONS: _options, ...env } = process.env;
    const guarded = await startGuarded({
      program: process.execPath,
      args: ['--no-warnings', program, '--home', home, '--port', '0', '--no-demo'],
      env,
      ready: /^starting the services/m,
    });
    const file = join(home, 'runtime.json');
    await until(() => existsSync(file), 'the addresses are written, just before the tenant is registered');
    process.kill((JSON.parse(readFileSync(file, 'utf8')) as { readonly pid: number }).pid, 'SIGTERM');
    expect(await guarded.ended).toBe(0);
    expect(guarded.output()).toMatch(/SIGTERM: stopping\nstopped\n$/);
    expect(JSON.parse(readFileSync(file, 'utf8'))).toMatchObject({ ready: false });
  });
});
