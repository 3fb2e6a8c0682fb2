import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import {
  capability,
  childElements,
  childText,
  elementAt,
  elementBuilder,
  MONITORING_NS,
  serialiseXml,
  type NetconfClient,
} from '@interlock/netconf';
import { demoFleet } from '../src/index.js';
import { generateHostKey } from '../src/device/ssh.js';
import {
  cellPower,
  device,
  failure,
  login,
  power,
  powerEdit,
  ran,
  setPower,
  simulate,
  tagsOf,
  useDevice,
} from './parts.js';

describe('a simulated device', () => {
  const running = useDevice();

  it('lists its capabilities, in both versions of the protocol', async () => {
    for (const uri of [
      capability.candidate,
      capability.confirmedCommit11,
      capability.validate11,
      capability.rollbackOnError,
    ])
      expect(running.client.has(uri)).toBe(true);
    expect(running.client.has(capability.writableRunning)).toBe(false);
    await using old = await login(device(running.simulator), { versions: ['1.0'] });
    expect(old.session.version).toBe('1.0');
    expect(childElements(await old.getConfig('running'))).toHaveLength(1);
  });

  it('refuses a login with a wrong name or password', async () => {
    expect(
      await failure(login(device(running.simulator), { credentials: { password: 'wrong' } })),
    ).toMatchObject({
      name: 'NetconfConnectError',
      permanent: true,
    });
    expect(await failure(login(device(running.simulator), { username: 'root' }))).toMatchObject({
      name: 'NetconfConnectError',
      permanent: true,
    });
  });

  it('serves every module that it names', async () => {
    const mon = elementBuilder(MONITORING_NS);
    const state = await running.client.get({ subtree: [mon('netconf-state', mon('schemas'))] });
    const schemas = childElements(elementAt(state, 'netconf-state', 'schemas') ?? state);
    expect(schemas.length).toBeGreaterThan(0);
    for (const schema of schemas) {
      const name = childText(schema, 'identifier') ?? '';
      const text = await running.client.getSchema(name, childText(schema, 'version'));
      expect(text).toContain(`module ${name} {`);
      expect(text).toContain(`namespace "${childText(schema, 'namespace')}"`);
      expect(running.client.capabilities).toContain(
        `${childText(schema, 'namespace')}?module=${name}&revision=${childText(schema, 'version')}`,
      );
    }
    expect(tagsOf(await failure(running.client.getSchema('nope')))).toEqual(['invalid-value']);
    expect(tagsOf(await failure(running.client.getSchema('interlock-ran', '1999-01-01')))).toEqual([
      'invalid-value',
    ]);
  });

  it('returns state by get and not by get-config', async () => {
    const cell = ran('cell', ran('id', 'cell-001-2'));
    const state = await running.client.get({ subtree: [ran('ran-state', cell)] });
    const found = elementAt(state, 'ran-state', 'cell');
    expect(found?.children.map((child) => (typeof child === 'string' ? child : child.name))).toEqual([
      'id',
      'operationalState',
      'users',
      'load_pct',
      'throughput_mbps',
      'latency_ms',
      'availability_pct',
      'drop_rate_pct',
    ]);
    expect(childElements(await running.client.getConfig('running', { subtree: [ran('ran-state')] }))).toEqual(
      [],
    );
    expect(childElements(await running.client.getConfig('running', { subtree: [] }))).toEqual([]);
  });

  it('only tests an edit that asks for it, and edits nothing when any part is wrong', async () => {
    await running.client.editConfig({
      target: 'candidate',
      testOption: 'test-only',
      config: [powerEdit(410)],
    });
    expect(serialiseXml(await running.client.getConfig('candidate'))).toBe(
      serialiseXml(await running.client.getConfig('running')),
    );
    const edit = {
      target: 'candidate',
      errorOption: 'rollback-on-error',
      config: [ran('ran', cellPower('cell-001-1', 410), cellPower('cell-001-2', 9_999))],
    } as const;
    expect(tagsOf(await failure(running.client.editConfig(edit)))).toEqual(['invalid-value']);
    expect(serialiseXml(await running.client.getConfig('candidate'))).toBe(
      serialiseXml(await running.client.getConfig('running')),
    );
  });

  it('keeps running until the commit, and discards on demand', async () => {
    await setPower(running.client, 410);
    expect(power(running.simulator)).toBe(400);
    expect(serialiseXml(await running.client.getConfig('candidate'))).toContain('410');
    await running.client.discardChanges();
    expect(serialiseXml(await running.client.getConfig('candidate'))).not.toContain('410');
    await running.client.copyConfig('candidate', { config: [powerEdit(415)] });
    expect((await running.client.validate('candidate')).ok).toBe(true);
    await running.client.copyConfig('candidate', 'running');
    await running.client.discardChanges();
    expect(power(running.simulator)).toBe(400);
  });

  it.each([
    [
      'an edit of running',
      (c: NetconfClient) => c.editConfig({ target: 'running', config: [powerEdit(1)] }),
      'operation-not-supported',
    ],
    [
      'continue-on-error',
      (c: NetconfClient) =>
        c.editConfig({ target: 'candidate', errorOption: 'continue-on-error', config: [powerEdit(1)] }),
      'operation-not-supported',
    ],
    ['a datastore that it lacks', (c: NetconfClient) => c.getConfig('startup'), 'invalid-value'],
    [
      'copying over running',
      (c: NetconfClient) => c.copyConfig('running', 'candidate'),
      'operation-not-supported',
    ],
    [
      'a bad configuration to validate',
      (c: NetconfClient) => c.validate({ config: [ran('nope')] }),
      'unknown-element',
    ],
    ['an XPath filter', (c: NetconfClient) => c.get({ xpath: '/ran' }), 'bad-attribute'],
    ['an unknown operation', (c: NetconfClient) => c.rpc(ran('dance')), 'operation-not-supported'],
    ['killing itself', (c: NetconfClient) => c.killSession(c.sessionId), 'invalid-value'],
    ['killing nobody', (c: NetconfClient) => c.killSession('999'), 'invalid-value'],
    [
      'an edit without configuration',
      (c: NetconfClient) =>
        c.rpc({ ...elementBuilder('urn:ietf:params:xml:ns:netconf:base:1.0')('edit-config') }),
      'missing-element',
    ],
  ])('refuses %s', async (_what, call, tag) => {
    expect(tagsOf(await failure(call(running.client)))).toEqual([tag]);
    expect(running.client.session.endedBy).toBeUndefined();
  });

  it('answers pipelined requests in order', async () => {
    const replies = await Promise.all([
      setPower(running.client, 450),
      running.client.getConfig('candidate'),
      running.client.discardChanges(),
      running.client.getConfig('candidate'),
    ]);
    expect(serialiseXml(replies[1])).toContain('450');
    expect(serialiseXml(replies[3])).not.toContain('450');
  });
});

describe('a state directory', () => {
  it('keeps the committed configuration and the host key, and nothing tentative, in a new process', async () => {
    const stateDir = mkdtempSync(join(tmpdir(), 'simulator-'));
    try {
      const first = await simulate({ stateDir });
      const client = await login(device(first));
      await setPower(client, 430);
      await client.commit();
      await setPower(client, 440);
      await client.commit({ confirmed: { persist: 'p' } });
      expect(power(first)).toBe(440);
      expect(readFileSync(join(stateDir, 'gnb-001', 'running.xml'), 'utf8')).toContain('430');
      client.destroy();
      await first.stop();
      const second = await simulate({ stateDir });
      expect(power(second)).toBe(430);
      expect(device(second).host_key_fingerprint).toBe(device(first).host_key_fingerprint);
      await second.stop();
    } finally {
      rmSync(stateDir, { recursive: true, force: true });
    }
  });

  it('is not needed: a device keeps its configuration over a restart, and each has its own key', async () => {
    const simulator = await simulate({ devices: demoFleet() });
    expect(new Set(simulator.devices.map((one) => one.host_key_fingerprint)).size).toBe(demoFleet().length);
    expect(new Set(simulator.devices.map((one) => one.password)).size).toBe(demoFleet().length);
    const [first] = simulator.devices;
    await simulator.control.restart('gnb-001');
    expect(simulator.control.devices()[0]).toEqual(first);
    await simulator.stop();
  });
});

describe('starting', () => {
  it('uses the given key', async () => {
    const hostKey = generateHostKey();
    const [a, b] = [await simulate({ hostKey }), await simulate({ hostKey })];
    expect(device(a).host_key_fingerprint).toBe(device(b).host_key_fingerprint);
    await a.stop();
    await b.stop();
  });

  it('fails as a whole when one port is taken, and leaves none open', async () => {
    const taken = await simulate();
    const [first, second] = demoFleet();
    if (first === undefined || second === undefined) throw new Error('the fleet is too small');
    const devices = [first, { ...second, port: device(taken).port }];
    expect(await failure(simulate({ devices }))).toMatchObject({ code: 'EADDRINUSE' });
    await taken.stop();
  });

  it('refuses two devices with one name, and a malformed key', async () => {
    const [one] = demoFleet();
    if (one === undefined) throw new Error('the fleet is empty');
    await expect(simulate({ devices: [one, one] })).rejects.toThrow(/named twice/);
    await expect(simulate({ hostKey: 'nonsense' })).rejects.toThrow();
  });
});
