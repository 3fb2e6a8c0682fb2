import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { connectNetconfTls, readClientCertificate } from '@interlock/netconf';
import { startFromArguments } from '../src/cli.js';
import { parseDevices } from '../src/control/parse-devices.js';
import { demoFleet, type CellView, type RunningDevice, type Simulator, type Topology } from '../src/index.js';
import { failure, login, power, setPower, simulate } from './parts.js';

const call = async (
  simulator: Simulator,
  method: string,
  path: string,
  body?: unknown,
): Promise<{ status: number; body: never }> => {
  const text = body === undefined || typeof body === 'string' ? body : JSON.stringify(body);
  const response = await fetch(`${simulator.controlUrl}${path}`, {
    method,
    ...(text === undefined ? {} : { body: text }),
  });
  return { status: response.status, body: (await response.json()) as never };
};

describe('the control API', () => {
  let simulator: Simulator;
  beforeAll(async () => {
    simulator = await simulate({ devices: demoFleet(), controlPort: 0 });
  });
  afterAll(() => simulator.stop());

  it('answers nothing without its key, and derives other passwords from another key', async () => {
    const url = new URL(simulator.controlUrl ?? '');
    for (const path of ['/devices', '/topology', '//devices', '/key/devices', `${url.pathname}x/devices`]) {
      const response = await fetch(`${url.origin}${path}`);
      expect([path, response.status]).toEqual([path, 401]);
      expect(await response.text()).not.toContain('gnb');
    }
    const post = await fetch(`${url.origin}/cells/cell-001-1/degrade`, { method: 'POST', body: '{}' });
    expect(post.status).toBe(401);
    expect((await call(simulator, 'GET', '/devices')).status).toBe(200);
    const other = await simulate({ devices: demoFleet(), key: 'another' });
    const passwords = (of: Simulator): readonly string[] => of.devices.map(({ password }) => password);
    expect(passwords(other).filter((password) => passwords(simulator).includes(password))).toEqual([]);
    await other.stop();
  });

  it('lists cells with their figures, configuration and neighbours', async () => {
    const { body } = await call(simulator, 'GET', '/cells');
    const cells = (body as { cells: CellView[] }).cells;
    expect(cells).toHaveLength(15);
    expect(cells[0]).toMatchObject({
      cell_id: 'cell-001-1',
      device_id: 'gnb-001',
      site_id: 'site-001',
      script: 'low_risk',
      degraded: false,
      kpis: { operational_state: 'ENABLED' },
      config: { locked: false, tx_power: 400 },
      neighbours: [
        { cell_id: 'cell-001-2', coverage: 'FULL' },
        { cell_id: 'cell-001-3', coverage: 'FULL' },
      ],
    });
  });

  it('shows the topology: devices, sites, cells, coverage and limits', async () => {
    const { body } = await call(simulator, 'GET', '/topology');
    const topology = body as Topology;
    expect(topology.devices[3]).toEqual({
      device_id: 'gnb-004',
      site_id: 'site-004',
      cells: ['cell-004-1', 'cell-004-2', 'cell-004-3'],
    });
    expect(topology.cells.find((cell) => cell.cell_id === 'cell-004-1')).toMatchObject({
      device_id: 'gnb-004',
      max_tx_power: 460,
      script: 'overloaded_neighbours',
    });
  });

  it('degrades and heals a cell', async () => {
    expect(await call(simulator, 'POST', '/cells/cell-002-1/degrade')).toEqual({
      status: 200,
      body: { ok: true },
    });
    expect((await call(simulator, 'GET', '/cells/cell-002-1/kpis')).body).toMatchObject({
      availability_pct: 82,
    });
    await call(simulator, 'POST', '/cells/cell-002-1/heal');
    expect(simulator.control.kpis('cell-002-1').availability_pct).toBeGreaterThan(99);
  });

  it('arms, lists and clears faults, and restarts', async () => {
    const fault = { kind: 'rpc_error', error_tag: 'in-use', operation: 'lock', times: 1 };
    expect((await call(simulator, 'POST', '/devices/gnb-002/faults', fault)).status).toBe(200);
    expect((await call(simulator, 'GET', '/devices/gnb-002/faults')).body).toEqual({ faults: [fault] });
    await call(simulator, 'DELETE', '/devices/gnb-002/faults');
    expect(simulator.control.faults('gnb-002')).toEqual([]);
    const client = await login(simulator.devices[1] as RunningDevice);
    expect((await call(simulator, 'GET', '/devices/gnb-002/running')).body).toMatchObject({
      tentative: false,
      sessions: [1],
    });
    await call(simulator, 'POST', '/devices/gnb-002/restart');
    await client.session.ended;
    const second = await login(simulator.devices[1] as RunningDevice);
    await call(simulator, 'POST', '/devices/gnb-002/faults', { kind: 'restart' });
    await second.session.ended;
    expect((await call(simulator, 'POST', '/devices/gnb-002/drop-sessions')).status).toBe(200);
    expect((await call(simulator, 'GET', '/health')).status).toBe(200);
    expect((await call(simulator, 'GET', '/devices')).body).toEqual({ devices: simulator.devices });
  });

  it.each([
    ['an unknown route', 'GET', '/nope', undefined, 404],
    ['an unknown method', 'PUT', '/cells', undefined, 404],
    ['an unknown cell', 'POST', '/cells/x/degrade', undefined, 404],
    ['an unknown device', 'POST', '/devices/x/restart', undefined, 404],
    ['an unknown fault', 'POST', '/devices/gnb-001/faults', { kind: 'fire' }, 400],
    ['a fault that is not an object', 'POST', '/devices/gnb-001/faults', [1], 400],
    ['no fault', 'POST', '/devices/gnb-001/faults', undefined, 400],
    ['broken JSON', 'POST', '/devices/gnb-001/faults', '{', 400],
    ['latency without milliseconds', 'POST', '/devices/gnb-001/faults', { kind: 'latency' }, 400],
    ['negative latency', 'POST', '/devices/gnb-001/faults', { kind: 'latency', ms: -1 }, 400],
    ['a lock on nothing', 'POST', '/devices/gnb-001/faults', { kind: 'lock_held', target: 'startup' }, 400],
    ['an rpc-error without tag', 'POST', '/devices/gnb-001/faults', { kind: 'rpc_error' }, 400],
    ['a wrong moment', 'POST', '/devices/gnb-001/faults', { kind: 'drop_session', when: 'later' }, 400],
    ['a number as operation', 'POST', '/devices/gnb-001/faults', { kind: 'commit_fails', operation: 1 }, 400],
    ['zero times', 'POST', '/devices/gnb-001/faults', { kind: 'commit_fails', times: 0 }, 400],
    ['no certificate', 'POST', '/devices/gnb-001/tls', { certificate: '' }, 400],
    [
      'a certificate that cannot be read',
      'POST',
      '/devices/gnb-001/tls',
      { certificate: 'x', private_key: 'x', client_ca: 'x' },
      400,
    ],
    ['a broken path', 'POST', '/cells/%E0%A4%A/degrade', undefined, 400],
    ['a huge body', 'POST', '/devices/gnb-001/faults', 'x'.repeat(70_000), 400],
  ])('refuses %s', async (_what, method, path, body, status) => {
    const answer = await call(simulator, method, path, body);
    expect(answer.status).toBe(status);
    expect(typeof (answer.body as { error: string }).error).toBe('string');
    expect(simulator.control.faults('gnb-001')).toEqual([]);
  });
});

describe('the command line', () => {
  const directories: string[] = [];
  afterEach(() => {
    for (const directory of directories.splice(0)) rmSync(directory, { recursive: true, force: true });
  });
  const scratch = (): string => {
    const directory = mkdtempSync(join(tmpdir(), 'simulator-'));
    directories.push(directory);
    return directory;
  };

  it('prints a ready line from which a later run restores the same ports and state', async () => {
    const home = scratch();
    const file = join(home, 'ready.json');
    const first = await startFromArguments(['--state', join(home, 'state'), '--seed', '5']);
    expect(JSON.parse(first.readyLine)).toEqual({
      ready: true,
      control: first.simulator.controlUrl,
      devices: first.simulator.devices,
    });
    expect(first.simulator.devices).toHaveLength(5);
    const client = await login(first.simulator.devices[0] as RunningDevice);
    await setPower(client, 430);
    await client.commit();
    client.destroy();
    await first.simulator.stop();
    writeFileSync(file, first.readyLine);
    const second = await startFromArguments([
      '--state',
      join(home, 'state'),
      '--seed',
      '6',
      '--devices',
      file,
    ]);
    expect(second.simulator.devices).toEqual(first.simulator.devices);
    expect(power(second.simulator)).toBe(430);
    await second.simulator.stop();
  });

  it('lets devices speak TLS, each with a key that stays, to the client in the state folder', async () => {
    const state = join(scratch(), 'state');
    const run = async () => startFromArguments(['--state', state, '--count', '2', '--tls']);
    const { simulator } = await run();
    const keys = simulator.devices.map((device) => device.host_key_fingerprint);
    expect(new Set(keys).size).toBe(2);
    const file = join(state, 'client.pem');
    expect(statSync(file).mode & 0o777).toBe(0o600);
    const { host, port } = simulator.devices[0]!;
    const client = await connectNetconfTls({
      host,
      port,
      hostKey: { known: [keys[0]!] },
      credentials: readClientCertificate(readFileSync(file, 'utf8')),
    });
    await client.close();
    await simulator.stop();
    const again = await run();
    expect(again.simulator.devices.map((device) => device.host_key_fingerprint)).toEqual(keys);
    await again.simulator.stop();
  });

  it.each([
    [['--tls'], /--state/],
    [['--seed', 'x'], /`--seed x`/],
    [['--port', '-1'], /port/],
    [['--control-port', ''], /control-port/],
    [['--nope'], /nope/],
  ])('refuses %s', async (args, message) => {
    expect(String(((await failure(startFromArguments(args))) as Error).message)).toMatch(message);
  });
});

describe('a devices file', () => {
  const parse = (value: unknown): unknown => parseDevices(JSON.stringify(value), demoFleet());

  it('may hold whole devices, or name those of the fleet', () => {
    const [first] = demoFleet();
    expect(parse([first])).toEqual([first]);
    expect(parse([{ device_id: 'gnb-001', port: 8_300 }])).toEqual([{ ...first, port: 8_300 }]);
    expect(parse({ devices: [{ ...first, device_id: 'new', username: 'u', password: 'p' }] })).toEqual([
      { ...first, device_id: 'new', username: 'u', password: 'p' },
    ]);
  });

  it.each([
    [{}, /list of devices/],
    [[1], /must be an object/],
    [[{ device_id: 1 }], /device_id/],
    [[{ device_id: 'unknown', site_id: 's' }], /cells/],
    [[{ device_id: 'unknown', cells: [] }], /site_id/],
    [[{ device_id: 'gnb-001', port: 70_000 }], /port/],
    [[{ device_id: 'gnb-001', password: '' }], /password/],
    [[{ device_id: 'gnb-001', profile: 'acme' }], /`acme`/],
    [[{ device_id: 'gnb-001', profile: 'constructor' }], /`constructor`/],
  ])('is refused as %j', (value, message) => expect(() => parse(value)).toThrow(message));
});
