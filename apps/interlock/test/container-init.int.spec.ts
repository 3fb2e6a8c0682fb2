import { X509Certificate } from 'node:crypto';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { readEventKeys } from '@interlock/eventstore';
import { readMasterKeys } from '@interlock/people';
import { createLogger, createTokenVerifier, type AuthSettings } from '@interlock/platform';
import { init } from '../src/container/init.js';
import { withSecretFiles } from '../src/container/variables.js';
import { manifest } from '../src/manifest.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-init-'));
const services = manifest.map(({ service }) => service);
const containers = [...services, 'edge', 'demo', 'event-store', 'prepare', 'postgres', 'nats', 'prometheus'];
const given = (container: string, name: string): string =>
  readFileSync(join(folder, container, name), 'utf8');
const run = (): Promise<void> => init(join(folder, 'home'), folder, {}, createLogger({ level: 'silent' }));
const contents = (): { readonly [file: string]: string } =>
  Object.fromEntries(
    containers.flatMap((container) =>
      readdirSync(join(folder, container)).map((name) => [`${container}/${name}`, given(container, name)]),
    ),
  );

beforeAll(async () => {
  for (const container of [...containers, 'edge-state']) mkdirSync(join(folder, container));
  await run();
});
afterAll(() => rmSync(folder, { recursive: true, force: true }));

describe('the first start of an installation', () => {
  it("gives each service its own passwords and keys, which no other service's folder holds", () => {
    for (const name of ['log-password', 'nats-password', 'database-password']) {
      const passwords = services.map((service) => given(service, name));
      expect(new Set(passwords).size).toBe(services.length);
    }
    const keys = readEventKeys({ EVENT_KEYS_DIR: join(folder, 'audit') }, ['audit']);
    expect([...keys!.own.keys()]).toEqual(['audit']);
    for (const service of services)
      expect(readdirSync(join(folder, service)).filter((name) => /^[a-z-]+\.key$/.test(name))).toEqual(
        readdirSync(join(folder, service)).filter((name) => name === `${service}.key`),
      );
  });

  it('gives the key that signs tokens to the edge and the demo alone', () => {
    const holders = containers.filter((container) =>
      readdirSync(join(folder, container)).includes('dev-issuer.jwk.json'),
    );
    expect(holders).toEqual(['edge', 'demo']);
    for (const service of services) expect(given(service, 'auth.json')).not.toContain('"d"');
  });

  it('lets nobody but its owner read a file', () => {
    for (const file of Object.keys(contents()))
      expect([file, statSync(join(folder, file)).mode & 0o777]).toEqual([file, 0o400]);
  });

  it('makes files that the services accept', () => {
    expect(readMasterKeys({ PEOPLE_KEY_FILE: join(folder, 'relay', 'people-key') })).toBeDefined();
    const secret = withSecretFiles({ EDGE_SESSION_KEY_FILE: join(folder, 'edge', 'session-key') });
    expect(secret['EDGE_SESSION_KEY']).toMatch(/^[0-9a-f]{64}$/);
    expect(given('alerting', 'link-key').length).toBeGreaterThanOrEqual(32);
    expect(readdirSync(join(folder, 'home', 'audit', 'keys')).sort()).toEqual(['1.pem', '1.vkey']);
  });

  it('makes a token for Prometheus that reads metrics and nothing else', async () => {
    const verify = createTokenVerifier(JSON.parse(given('relay', 'auth.json')) as AuthSettings);
    const principal = await verify(given('prometheus', 'metrics-token'));
    expect(principal).toMatchObject({ tenant_id: '_system' });
    expect([...principal.scopes]).toEqual(['METRICS_READ']);
  });

  it("names the log's server in its certificate, and each of its users once", () => {
    const users = JSON.parse(given('event-store', 'users.json')) as { readonly name: string }[];
    expect(users.map(({ name }) => name).sort()).toEqual([...services, 'edge', 'reader'].sort());
  });

  it('lets one person for each role in, by a link that lies in the state of the edge', () => {
    const lines = given('edge-state', 'invitations.txt').trim().split('\n');
    expect(lines).toHaveLength(7);
    for (const line of lines) expect(line).toMatch(/ http:\/\/localhost:8080\/login#invitation=[\w-]{32}$/);
  });
});

describe('a later start', () => {
  it('keeps every password, key and invitation', async () => {
    const before = contents();
    const links = given('edge-state', 'invitations.txt');
    await run();
    const { 'prometheus/metrics-token': fresh, ...after } = contents();
    const { 'prometheus/metrics-token': token, ...first } = before;
    expect(after).toEqual(first);
    expect([fresh, token].every((text) => text !== undefined)).toBe(true);
    expect(given('edge-state', 'invitations.txt')).toBe(links);
  });

  it('makes what an operator removed anew, and gives it to everybody who needs it', async () => {
    const home = (...path: readonly string[]): string => join(folder, 'home', 'secrets', ...path);
    const bus = JSON.parse(readFileSync(home('bus.json'), 'utf8')) as { readonly [user: string]: string };
    const { relay: _password, ...others } = bus;
    writeFileSync(home('bus.json'), JSON.stringify(others));
    for (const path of [
      'log/ca.pem',
      'log/relay.password',
      'bus-tls/ca.pem',
      'database-relay',
      'events/audit.key',
    ])
      rmSync(home(path));
    const before = contents();
    await run();
    const after = contents();
    const changed = Object.keys(after).filter(
      (file) => after[file] !== before[file] && file !== 'prometheus/metrics-token',
    );
    const ofAll = (name: string, of: readonly string[]): readonly string[] =>
      of.map((one) => `${one}/${name}`);
    const withLog = [...services, 'edge'];
    const withBus = [...withLog, 'demo', 'prepare', 'nats'];
    expect(changed.sort()).toEqual(
      [
        ...ofAll('log-ca.crt', [...withLog, 'prepare']),
        ...ofAll('bus-ca.crt', withBus),
        ...ofAll('writers.json', withLog),
        ...['server.pem', 'server-key.pem'].flatMap((name) => ofAll(name, ['event-store', 'nats'])),
        ...['log-password', 'nats-password', 'database-password'].map((name) => `relay/${name}`),
        ...['database-passwords.json', 'log-relay'].map((name) => `prepare/${name}`),
        'audit/audit.key',
        'event-store/users.json',
        'nats/accounts.conf',
      ].sort(),
    );
    expect(given('nats', 'accounts.conf')).toContain(given('relay', 'nats-password'));
    expect(given('prepare', 'log-relay')).toBe(given('relay', 'log-password'));
    expect(JSON.parse(given('prepare', 'database-passwords.json'))).toMatchObject({
      relay: given('relay', 'database-password'),
    });
    for (const [container, ca] of [
      ['event-store', given('relay', 'log-ca.crt')],
      ['nats', given('relay', 'bus-ca.crt')],
    ] as const)
      expect(
        new X509Certificate(given(container, 'server.pem')).verify(new X509Certificate(ca).publicKey),
      ).toBe(true);
    // The earlier public key stays listed, because events carry its signature.
    const listed = (text: string): readonly string[] =>
      (JSON.parse(text) as { readonly writers: { readonly [service: string]: readonly string[] } }).writers[
        'audit'
      ]!;
    expect(listed(given('relay', 'writers.json'))).toEqual([
      ...listed(before['relay/writers.json']!),
      expect.any(String),
    ]);
  });
});
