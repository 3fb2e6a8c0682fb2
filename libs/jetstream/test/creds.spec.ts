import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { noBusGrants } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { memoryBusKeys } from '@interlock/testing';
import { readBusAddress } from '../src/index.js';
import { keptCreds, keptJwt, makeBusJwts } from '../src/operator/index.js';

const dir = mkdtempSync(join(tmpdir(), 'interlock-creds-'));
const url = 'nats://127.0.0.1:4222';
let creds: ReadonlyMap<string, string>;
beforeAll(async () => {
  ({ creds } = await makeBusJwts(await memoryBusKeys(), []));
});
afterAll(() => rmSync(dir, { recursive: true }));

const fileOf = (text: string): string => {
  const file = join(dir, 'a.creds');
  writeFileSync(file, text);
  return file;
};
/** The error that an environment leads to, without the text that may not be repeated. */
const faultOf = (environment: { readonly [name: string]: string }): string => {
  try {
    readBusAddress({ NATS_URL: url, ...environment }, 'relay');
    return 'none';
  } catch (error) {
    return isProblem(error, 'validation-failed') ? error.detail : String(error);
  }
};

describe('how a user logs in, from the environment', () => {
  it('uses a creds file where one is named, else a password, which may be empty', () => {
    const credsFile = fileOf(creds.get('relay')!);
    expect(readBusAddress({ NATS_URL: url, NATS_CREDS_FILE: credsFile }, 'relay')).toEqual({
      url,
      user: 'relay',
      credsFile,
    });
    expect(readBusAddress({ NATS_URL: url, NATS_PASSWORD: 'p', NATS_CREDS_FILE: '' }, 'relay')).toEqual({
      url,
      user: 'relay',
      password: 'p',
    });
    expect(readBusAddress({ NATS_URL: url }, 'relay')).toEqual({ url, user: 'relay', password: '' });
  });

  it("is refused where the file is missing, a folder, garbage, another user's, or named beside a password", () => {
    const [mine, other] = [creds.get('relay')!, creds.get('audit')!];
    const seedOf = (text: string): string => /(?<=\n)SU[A-Z2-7]{56}(?=\n)/.exec(text)![0];
    const unreadable = 'the environment has 1 fault: NATS_CREDS_FILE names no file that can be read';
    const garbage = 'the environment has 1 fault: NATS_CREDS_FILE names a file that is not a creds file';
    expect(faultOf({ NATS_CREDS_FILE: join(dir, 'none') })).toBe(unreadable);
    expect(faultOf({ NATS_CREDS_FILE: dir })).toBe(unreadable);
    for (const text of [
      '',
      'x',
      mine.slice(0, 300),
      seedOf(mine),
      mine.replace(seedOf(mine), seedOf(other)),
      mine.replace(seedOf(mine), 'SUXYZ'),
      mine.replace(/\n(eyJ[^.]+)\.[^.]+/, '\n$1.bnVsbA'),
    ])
      expect([text, faultOf({ NATS_CREDS_FILE: fileOf(text) })]).toEqual([text, garbage]);
    expect(faultOf({ NATS_CREDS_FILE: fileOf(other) })).toBe(
      'the environment has 1 fault: NATS_CREDS_FILE names a file of another user than `relay`',
    );
    expect(faultOf({ NATS_CREDS_FILE: fileOf(mine), NATS_PASSWORD: 'p' })).toBe(
      'the environment has 1 fault: NATS_CREDS_FILE is set, and so is NATS_PASSWORD',
    );
    expect(faultOf({ NATS_CREDS_FILE: fileOf(mine) })).toBe('none');
  });
});

describe('what was issued before', () => {
  it('is kept where it says the same, and is issued again where a word or its signer differs or it is missing', async () => {
    const generations = { SERVICES: [1] };
    const keys = await memoryBusKeys((account) => (account === 'SERVICES' ? generations.SERVICES : [1]));
    const users = [
      {
        user: 'acme.app',
        public_key: keys.accountOf('SERVICES').generations[0]!.userOf('any').getPublicKey(),
        grants: noBusGrants,
      },
    ];
    const [first, second] = [
      await makeBusJwts(keys, [{ tenant: 'acme', status: 'present', users, former: [] }]),
      await makeBusJwts(keys, [{ tenant: 'acme', status: 'present', users, former: ['U'] }]),
    ];
    generations.SERVICES = [1, 2];
    const third = await makeBusJwts(keys, []);
    const jwtOf = (made: typeof first, name: string): string =>
      made.accounts.find((one) => one.name === name)!.jwt;
    expect(keptJwt(jwtOf(first, 'SERVICES'), jwtOf(second, 'SERVICES'))).toBe(jwtOf(first, 'SERVICES'));
    expect(keptJwt(jwtOf(first, 'tenant_acme'), jwtOf(second, 'tenant_acme'))).toBe(
      jwtOf(second, 'tenant_acme'),
    );
    expect(keptJwt(jwtOf(first, 'SERVICES'), jwtOf(third, 'SERVICES'))).toBe(jwtOf(third, 'SERVICES'));
    for (const before of [undefined, '', 'a.b.c'])
      expect(keptJwt(before, second.operator)).toBe(second.operator);
    expect(await keptCreds(first.creds.get('relay'), second.creds.get('relay')!)).toBe(
      first.creds.get('relay'),
    );
    for (const before of [undefined, '', first.creds.get('audit')!])
      expect(await keptCreds(before, second.creds.get('relay')!)).toBe(second.creds.get('relay'));
    expect(await keptCreds(first.creds.get('relay'), third.creds.get('relay')!)).toBe(
      third.creds.get('relay'),
    );
  });

  it("does not let in a key that was taken back, or another tenant's user", async () => {
    const user = async (name: string, former: readonly string[] = []): Promise<unknown> =>
      makeBusJwts(await memoryBusKeys(), [
        {
          tenant: 'acme',
          status: 'present',
          users: [{ user: name, public_key: 'UA', grants: noBusGrants }],
          former,
        },
      ]);
    await expect(user('acme.app', ['UA'])).rejects.toThrow('the key of `acme.app` was taken back');
    await expect(user('globex.app')).rejects.toThrow('`globex.app` is not a user of the tenant `acme`');
  });
});

describe('a line of 4 KiB, with which a client logs in', () => {
  it("holds every user's JWT, whatever the user may do", () => {
    for (const [user, text] of creds)
      expect([user, /eyJ\S+/.exec(text)![0].length < 1500]).toEqual([user, true]);
  });
});
