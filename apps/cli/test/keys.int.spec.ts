import { mkdirSync, readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { createDevIssuer } from '@interlock/platform';
import { cli, home } from './cli-home.js';

const step = async (...args: readonly string[]): Promise<number> => (await cli('keys', ...args)).code;

describe('interlock keys', () => {
  it("adds, uses and retires a key of people's tokens", async () => {
    const folder = join(home, 'keys');
    const idsOf = async (): Promise<readonly unknown[]> => {
      const { jwks } = (await createDevIssuer(folder)).auth;
      return (jwks as { readonly keys: readonly { readonly kid: string }[] }).keys.map(({ kid }) => kid);
    };
    const [first] = await idsOf();
    const file = join(folder, 'dev-issuer.jwk.json');
    expect(await step('add', 'tokens')).toBe(0);
    const [, second] = await idsOf();
    expect(await idsOf()).toEqual([first, second]);
    expect(second).not.toBe(first);
    expect(await step('add', 'tokens')).toBe(1);
    expect(await step('use', 'tokens')).toBe(0);
    expect(await idsOf()).toEqual([second, first]);
    expect(await step('retire', 'tokens')).toBe(0);
    expect(await idsOf()).toEqual([second]);
    expect(statSync(file).mode & 0o777).toBe(0o600);
  });

  it('replaces the key of sessions, prints no key, and says what to do next', async () => {
    const file = join(home, 'secrets', 'console-key');
    mkdirSync(join(home, 'secrets'), { recursive: true });
    writeFileSync(file, 'a'.repeat(43), { mode: 0o600 });
    const { code, stdout } = await cli('keys', 'add', 'sessions');
    const [present, next = ''] = readFileSync(file, 'utf8').split('\n');
    expect([code, present]).toEqual([0, 'a'.repeat(43)]);
    expect(Buffer.from(next, 'base64url').length).toBe(32);
    expect(stdout).toContain('then `use` it');
    expect(stdout).not.toContain(next);
    expect(await step('use', 'sessions', '--file', file)).toBe(0);
    expect(readFileSync(file, 'utf8')).toBe(`${next}\n${present}`);
  });

  it('changes nothing out of turn, and names a missing file', async () => {
    const missing = await cli('keys', 'use', 'agents');
    expect([missing.code, missing.stderr]).toEqual([1, expect.stringContaining('there is no file')]);
    expect((await cli('keys', 'use', 'devices')).code).toBe(2);
  });
});
