import { mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { GatewayConfig } from '../src/config.js';
import { gatewayKey, persistIdOf } from '../src/secrets.js';

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'interlock-secrets-'));
});
afterEach(async () => {
  await rm(home, { recursive: true });
});
const config = (over: Partial<GatewayConfig> = {}): GatewayConfig => Object.assign(new GatewayConfig(), over);

describe("the gateway's key", () => {
  it('is made once in the home, readable by its owner only, and the same from then on', async () => {
    const first = gatewayKey(config({ INTERLOCK_HOME: home }));
    const file = join(home, 'keys', 'netconf-gateway.key');
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    expect(first).toHaveLength(32);
    expect(gatewayKey(config({ INTERLOCK_HOME: home }))).toEqual(first);
    expect(await readFile(file, 'utf8')).toBe(first.toString('hex'));
  });
  it('is the configured one where there is one', () => {
    expect(
      gatewayKey(config({ NETCONF_GATEWAY_KEY: 'cd'.repeat(32), INTERLOCK_HOME: home })).toString('hex'),
    ).toBe('cd'.repeat(32));
  });
  it('is demanded where it cannot be kept, and a broken file is refused without showing its content', async () => {
    expect(() => gatewayKey(config())).toThrow(/has no key/);
    const file = join(home, 'key');
    await writeFile(file, 'secret nonsense');
    expect(() => gatewayKey(config({ NETCONF_GATEWAY_KEY_FILE: file }))).toThrow(
      /^(?!.*nonsense).*does not hold 64 hex digits/,
    );
  });
  it('makes a persist-id of its own for each transaction, the same for every instance', () => {
    const key = Buffer.alloc(32, 7);
    expect(persistIdOf(key, 'demo', 'a')).toBe(persistIdOf(Buffer.alloc(32, 7), 'demo', 'a'));
    const all = [
      persistIdOf(key, 'demo', 'a'),
      persistIdOf(key, 'demo', 'b'),
      persistIdOf(key, 'other', 'a'),
      persistIdOf(Buffer.alloc(32, 8), 'demo', 'a'),
    ];
    expect(new Set(all).size).toBe(4);
    for (const id of all) expect(id).toMatch(/^[0-9a-f]{40}$/);
  });
});
