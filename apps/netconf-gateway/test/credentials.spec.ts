import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { GatewayConfig } from '../src/config.js';
import { variablesOf } from '@interlock/platform';
import { createCredentials, type CredentialStore, type SecretUse } from '../src/devices/credentials.js';

const device = { host: 'gnb.example.org', port: 830, host_key_fingerprint: `SHA256:${'k'.repeat(43)}` };
const binding = `gnb.example.org:830\n${device.host_key_fingerprint}\n`;
const use = (credentials_ref: string): SecretUse => ({ ...device, credentials_ref });

let home: string;
beforeEach(async () => {
  home = await mkdtemp(join(tmpdir(), 'interlock-credentials-'));
  for (const tenant of ['acme', 'demo']) {
    await mkdir(join(home, 'credentials', tenant), { recursive: true });
    for (const name of ['gnb', 'key', 'current'])
      await writeFile(join(home, 'credentials', tenant, `${name}.for`), binding);
    await writeFile(join(home, 'credentials', tenant, 'gnb'), `${tenant} pw\n`);
  }
});
afterEach(async () => {
  await rm(home, { recursive: true });
});

const config = (over: Partial<GatewayConfig> = {}): GatewayConfig => Object.assign(new GatewayConfig(), over);
const store = (
  environment: { readonly [name: string]: string } = {},
  over: Partial<GatewayConfig> = {},
): CredentialStore => createCredentials(config({ INTERLOCK_HOME: home, ...over }), environment);

/** A reference is judged alike when a device is registered and when the gateway logs in. */
const refused = (credentials: CredentialStore, tenant: string, reference: string): string => {
  const [violation, ...more] = credentials.violations(tenant, reference);
  expect(more).toEqual([]);
  expect(violation?.pointer).toBe('/credentials_ref');
  expect(() => credentials.read(tenant, use(reference))).toThrow(
    expect.objectContaining({ code: 'device-unreachable', violations: [violation] }),
  );
  return violation!.detail;
};

describe("a tenant's secret", () => {
  it('comes from the variable that is named, and has to be there', () => {
    const credentials = store({ DEVICE_DEMO__A: 'pw', DEVICE_DEMO__A__FOR: binding, DEVICE_DEMO__EMPTY: '' });
    expect(credentials.read('demo', use('env:DEVICE_DEMO__A'))).toEqual({ password: 'pw' });
    for (const name of ['EMPTY', 'MISSING']) {
      expect(credentials.violations('demo', `env:DEVICE_DEMO__${name}`)).toEqual([]);
      expect(() => credentials.read('demo', use(`env:DEVICE_DEMO__${name}`))).toThrow(/are not there/);
    }
  });

  it('comes from a file of its folder, a private key as one, and may be put there after the device is registered', async () => {
    await writeFile(join(home, 'credentials', 'demo', 'key'), '-----BEGIN OPENSSH PRIVATE KEY-----\nx\n');
    const credentials = store();
    expect(credentials.read('demo', use('file:gnb'))).toEqual({ password: 'demo pw' });
    expect(credentials.read('acme', use('file:gnb'))).toEqual({ password: 'acme pw' });
    expect(credentials.read('demo', use(`file:${join(home, 'credentials', 'demo', 'gnb')}`))).toEqual({
      password: 'demo pw',
    });
    expect(credentials.read('demo', use('file:key'))).toEqual({
      privateKey: '-----BEGIN OPENSSH PRIVATE KEY-----\nx',
    });
    expect(credentials.violations('new', 'file:later')).toEqual([]);
    expect(() => credentials.read('new', use('file:later'))).toThrow(/are not there/);
  });

  it('is found through links that stay in its folder, as mounted secrets have them', async () => {
    await symlink('gnb', join(home, 'credentials', 'demo', 'current'));
    expect(store().read('demo', use('file:current'))).toEqual({ password: 'demo pw' });
  });
});

describe('the binding of a secret', () => {
  it('withholds it from any other host, port and host key, and from all where there is none', async () => {
    const credentials = store({
      DEVICE_DEMO__LOOSE: 'pw',
      DEVICE_DEMO__HOST: 'pw',
      DEVICE_DEMO__HOST__FOR: 'gnb.example.org',
    });
    const other = `SHA256:${'x'.repeat(43)}`;
    const elsewhere = [
      { ...use('file:gnb'), host: 'evil.example.org' },
      { ...use('file:gnb'), host: 'gnb.example.org.evil.example.org' },
      { ...use('file:gnb'), port: 831 },
      { ...use('file:gnb'), host_key_fingerprint: other },
      use('env:DEVICE_DEMO__LOOSE'),
      use('env:DEVICE_DEMO__HOST'),
    ];
    for (const one of elsewhere) {
      const refusal = expect.objectContaining({ code: 'secret-not-for-host' });
      expect(() => credentials.read('demo', one)).toThrow(refusal);
      expect(() => credentials.refuseElsewhere('demo', one)).toThrow(refusal);
    }
    expect(credentials.read('demo', { ...use('file:gnb'), host: 'GNB.example.org.' })).toEqual({
      password: 'demo pw',
    });
  });

  it('is not a secret itself', () => {
    expect(refused(store(), 'demo', 'file:gnb.for')).toMatch(/not a secret/);
    expect(refused(store(), 'demo', 'env:DEVICE_DEMO__A__FOR')).toMatch(/not a secret/);
  });
});

describe("another's secret", () => {
  it("is never read from another tenant's variable, from the gateway's own, or from one without a name", () => {
    const credentials = store({
      DEVICE_DEMO__A: 'leak',
      DEVICE_A: 'leak',
      NETCONF_GATEWAY_KEY: 'leak',
      DEVICE_ACME__: 'leak',
    });
    for (const name of [
      'DEVICE_DEMO__A',
      'DEVICE_A',
      'NETCONF_GATEWAY_KEY',
      'DEVICE_ACME__',
      'device_acme__A',
    ])
      expect(refused(credentials, 'acme', `env:${name}`)).toMatch(/its own begin with `DEVICE_ACME__`/);
  });

  it('is never read from a file, whether by a path, by dots or by a link', async () => {
    await writeFile(join(home, 'outside'), 'leak');
    await symlink(join(home, 'outside'), join(home, 'credentials', 'acme', 'link'));
    await symlink(join(home, 'credentials', 'demo'), join(home, 'credentials', 'acme', 'theirs'));
    await symlink(join(home, 'credentials', 'demo'), join(home, 'credentials', 'linked'));
    const credentials = store();
    const references = [
      '../demo/gnb',
      join(home, 'credentials', 'demo', 'gnb'),
      join(home, 'outside'),
      '/etc/hostname',
      'link',
      'theirs/gnb',
      '.',
      '..',
      '../acme',
      'x/../../demo/gnb',
      '../demo/missing',
    ];
    for (const reference of references)
      expect(refused(credentials, 'acme', `file:${reference}`)).toMatch(/its own are below `acme\/`/);
    expect(refused(credentials, 'linked', 'file:gnb')).toMatch(/not the tenant's/);
  });

  it('is not told apart from one that is not there', () => {
    const credentials = store({ DEVICE_DEMO__A: 'leak' });
    expect(credentials.violations('acme', 'env:DEVICE_DEMO__A')).toEqual(
      credentials.violations('acme', 'env:DEVICE_DEMO__MISSING'),
    );
    expect(credentials.violations('acme', 'file:../demo/gnb')).toEqual(
      credentials.violations('acme', 'file:../demo/missing'),
    );
  });

  it('is not named by anything else than a reference, and by no file where there is no directory', () => {
    expect(refused(store(), 'demo', 'hunter2')).toMatch(/never the secret itself/);
    expect(refused(createCredentials(config(), {}), 'demo', 'file:gnb')).toMatch(/no credentials directory/);
  });

  it('has no variable whose name begins like one of another tenant', () => {
    const tenant = fc.stringMatching(/^[a-z0-9][a-z0-9_-]{0,8}$/);
    fc.assert(
      fc.property(tenant, tenant, fc.stringMatching(/^[A-Z0-9_]{1,8}$/), (a, b, name) => {
        if (a !== b)
          expect(`${variablesOf('DEVICE_', a)}${name}`.startsWith(variablesOf('DEVICE_', b))).toBe(false);
      }),
      { numRuns: 2000 },
    );
    for (const [a, b] of [
      ['a', 'a_'],
      ['a-b', 'a_b'],
      ['a', 'a__b'],
      ['a', 'a_5f'],
      ['_system', 'system'],
    ] as const)
      expect(
        variablesOf('', a).startsWith(variablesOf('', b)) ||
          variablesOf('', b).startsWith(variablesOf('', a)),
      ).toBe(false);
    expect(variablesOf('DEVICE_', 'my-tenant_2')).toBe('DEVICE_MY_2DTENANT_5F2__');
  });
});
