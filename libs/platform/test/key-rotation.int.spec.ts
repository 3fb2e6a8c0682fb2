import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setImmediate } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  createDevIssuer,
  createTokenVerifier,
  keysAfter,
  signingKeysAfter,
  type KeyStep,
} from '../src/index.js';

type Issuer = Awaited<ReturnType<typeof createDevIssuer>>;
type Verifier = ReturnType<typeof createTokenVerifier>;

const folder = mkdtempSync(join(tmpdir(), 'interlock-key-rotation-'));
const file = join(folder, 'dev-issuer.jwk.json');
/** Two edges that sign, and two services that verify, as after a start of each. */
const edges: Issuer[] = [];
const services: Verifier[] = [];
const step = async (one: KeyStep): Promise<void> => {
  writeFileSync(file, await signingKeysAfter(readFileSync(file, 'utf8'), one));
};
const restartEdge = async (place: number): Promise<void> => {
  edges[place] = await createDevIssuer(folder);
};
const restartService = async (place: number): Promise<void> => {
  services[place] = createTokenVerifier((await createDevIssuer(folder)).auth);
};
const token = ({ token: sign }: Issuer): Promise<string> =>
  sign({ tenant: 'demo', scopes: ['POLICY_READ'], sub: 'ann', kind: 'person' });
const taken = async (text: string): Promise<boolean> =>
  (await Promise.allSettled(services.map((verify) => verify(text)))).every(
    ({ status }) => status === 'fulfilled',
  );

beforeAll(async () => {
  for (const place of [0, 1]) {
    await restartEdge(place);
    await restartService(place);
  }
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe("the key of people's tokens", () => {
  it('is replaced one process after another, and no token is refused meanwhile', async () => {
    const early = await token(edges[0]!);
    const kept = [early];
    let refused = 0;
    let sent = 0;
    let over = false;
    const load = (async (): Promise<void> => {
      while (!over) {
        kept.push(...(await Promise.all(edges.map(token))));
        for (const text of [early, ...kept.slice(-4)]) {
          sent += 1;
          if (!(await taken(text))) refused += 1;
        }
        await setImmediate();
      }
    })();
    const between = async (): Promise<void> => {
      const before = sent;
      while (sent < before + 20) await setImmediate();
    };
    await step('add');
    for (const restart of [restartService, restartEdge])
      for (const place of [0, 1]) {
        await restart(place);
        await between();
      }
    await step('use');
    for (const place of [0, 1]) {
      await restartEdge(place);
      await between();
    }
    over = true;
    await load;
    expect([refused, sent > 100]).toEqual([0, true]);

    const late = await token(edges[1]!);
    await step('retire');
    for (const place of [0, 1]) await restartService(place);
    expect([await taken(late), await taken(early)]).toEqual([true, false]);
  });

  it('is refused by a service that does not know it yet, so `add` comes before `use`', async () => {
    await step('add');
    await step('use');
    await restartEdge(0);
    expect(await taken(await token(edges[0]!))).toBe(false);
    for (const place of [0, 1]) await restartService(place);
    expect(await taken(await token(edges[0]!))).toBe(true);
  });
});

describe('the steps', () => {
  it('are refused out of turn', () => {
    expect(() => keysAfter(['a'], 'use', 'b')).toThrow('no second key');
    expect(() => keysAfter(['a'], 'retire', 'b')).toThrow('no second key');
    expect(() => keysAfter(['a', 'b'], 'add', 'c')).toThrow('a second key already');
    expect(keysAfter(keysAfter(keysAfter(['a'], 'add', 'b'), 'use', ''), 'retire', '')).toEqual(['b']);
  });
});
