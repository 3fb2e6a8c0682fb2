import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { sameJson } from '@interlock/kernel';
import { devicesOfCsv } from '../src/import/device-csv.js';
import { cli } from './cli-home.js';
import { asked, handlers, startAnswering, stopAnswering } from './cli-server.js';

type Device = { readonly device_id: string; readonly [member: string]: unknown };

const path = '/api/v1/devices';
const header = 'device_id,site_id,host,username,credentials_ref,host_key_fingerprint,port,profile,cells';
const line = (id: string, more = '830,3gpp,'): string =>
  `${id},site-1,10.0.0.1,oper,env:PASS,SHA256:abc,${more}`;

/** What a device's registration answers: its inventory is this map. */
const inventory = new Map<string, Device>();
const answerDevices = (): void => {
  handlers.set(`POST ${path}/validate`, (body) => {
    const device = JSON.parse(body) as Device;
    if (device['profile'] === 'acme')
      return [
        422,
        { code: 'validation-failed', violations: [{ pointer: '/profile', detail: 'is not known' }] },
      ];
    const known = inventory.get(device.device_id);
    const change = known === undefined ? 'new' : sameJson(known, device) ? 'same' : 'changed';
    const violations =
      (device['host'] ?? '') === '' ? [{ pointer: '/host', detail: 'is a host name or address' }] : [];
    return [
      200,
      { device_id: device.device_id, change, revision: known === undefined ? null : '4', violations },
    ];
  });
  handlers.set(`POST ${path}`, (body) => {
    const device = JSON.parse(body) as Device;
    inventory.set(device.device_id, device);
    return [201, device];
  });
  for (const id of ['gnb-1', 'gnb-2', 'ldn1-gnb-1'])
    handlers.set(`PUT ${path}/${id}`, (body) => {
      inventory.set(id, { device_id: id, ...(JSON.parse(body) as object) });
      return [200, { device_id: id }];
    });
};

/** Answers as the API of NetBox does: pages with `next`, a token, refusals with `detail`. */
const startNetbox = async (devices: readonly object[]): Promise<{ server: Server; said: string[] }> => {
  const said: string[] = [];
  let busy = 1;
  const server = createServer((request, response) => {
    const url = new URL(request.url ?? '', `http://${request.headers.host ?? ''}`);
    said.push(`${url.pathname}${url.search}`);
    const send = (status: number, body: unknown, headers = {}): void => {
      response
        .writeHead(status, { 'content-type': 'application/json', ...headers })
        .end(JSON.stringify(body));
    };
    if (request.headers.authorization !== 'Token right') return send(403, { detail: 'Invalid token' });
    const offset = Number(url.searchParams.get('offset') ?? 0);
    if (offset > 0 && busy-- > 0) return send(429, { detail: 'slow down' }, { 'retry-after': '0.01' });
    const end = offset + 2;
    url.searchParams.set('offset', `${end}`);
    const next = url.searchParams.get('site') === 'elsewhere' ? 'http://192.0.2.1/api/' : url.href;
    return send(200, {
      count: devices.length,
      next: end < devices.length ? next : null,
      previous: null,
      results: devices.slice(offset, end),
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return { server, said };
};

describe('interlock devices import', () => {
  let home: string;
  let netbox: Awaited<ReturnType<typeof startNetbox>>;
  beforeAll(async () => {
    home = mkdtempSync(join(tmpdir(), 'import-cli-'));
    await startAnswering();
    answerDevices();
    netbox = await startNetbox(
      [1, 2, 3].map((id) => ({
        id,
        name: `LDN1-gNB-${id}`,
        site: { slug: 'ldn1' },
        primary_ip: { address: `10.1.0.${id}/24` },
        custom_fields: {
          interlock_username: 'oper',
          interlock_credentials_ref: 'env:PASS',
          interlock_host_key_fingerprint: 'SHA256:abc',
          interlock_port: 1830,
          interlock_cells: [{ cell_id: `cell-${id}`, neighbours: [] }],
        },
      })),
    );
  });
  afterAll(() => {
    handlers.clear();
    stopAnswering();
    netbox.server.close();
    rmSync(home, { recursive: true, force: true });
  });
  beforeEach(() => {
    inventory.clear();
    asked.length = 0;
  });
  const imported = async (...args: readonly string[]) => {
    const { code, stdout, stderr } = await cli(
      '--as',
      'ada',
      'devices',
      'import',
      ...args,
      '--output',
      'json',
    );
    const { items = [] } = (stdout === '' ? {} : JSON.parse(stdout)) as {
      readonly items?: readonly {
        readonly device_id: string;
        readonly result: string;
        readonly violations: [];
      }[];
    };
    return { code, stderr, items, results: items.map(({ result }) => result) };
  };
  const csv = (...lines: readonly string[]): string => {
    const file = join(home, 'devices.csv');
    writeFileSync(file, [header, ...lines, ''].join('\r\n'));
    return file;
  };
  const writes = (): readonly string[] =>
    asked.filter(({ url }) => !url.endsWith('/validate')).map(({ method, url }) => `${method} ${url}`);

  it('registers the devices of a file, and does nothing the second time', async () => {
    const file = csv(
      line('gnb-1', '830,3gpp,cell-1;cell-2'),
      line(
        'gnb-2',
        ',,"[{""cell_id"":""cell-3"",""neighbours"":[{""cell_id"":""cell-1"",""coverage"":""FULL""}]}]"',
      ),
    );
    expect(await imported(file, '--dry-run')).toMatchObject({ code: 0, results: ['new', 'new'] });
    expect(writes()).toEqual([]);
    expect(await imported(file)).toMatchObject({ code: 0, results: ['registered', 'registered'] });
    expect(inventory.get('gnb-1')?.['cells']).toEqual([
      { cell_id: 'cell-1', neighbours: [] },
      { cell_id: 'cell-2', neighbours: [] },
    ]);
    expect(inventory.get('gnb-2')).toMatchObject({
      port: 830,
      cells: [{ cell_id: 'cell-3', neighbours: [{ cell_id: 'cell-1', coverage: 'FULL' }] }],
    });
    asked.length = 0;
    expect(await imported(file)).toMatchObject({ code: 0, results: ['same', 'same'] });
    expect(writes()).toEqual([]);
    csv(line('gnb-1', '831,3gpp,cell-1;cell-2'));
    expect(await imported(file)).toMatchObject({ code: 0, results: ['updated'] });
    expect(writes()).toEqual([`PUT ${path}/gnb-1`]);
  });

  it('registers a device that calls home, and refuses a word that says neither yes nor no', async () => {
    const file = join(home, 'callers.csv');
    const rows = (word: string): void =>
      writeFileSync(file, `${header},call_home\n${line('gnb-1')},${word}\n${line('gnb-2')},\n`);
    rows('yes');
    expect(await imported(file)).toMatchObject({
      code: 1,
      items: [{ violations: [{ pointer: '/call_home' }] }, { violations: [] }],
    });
    rows('true');
    expect(await imported(file)).toMatchObject({ code: 0, results: ['registered', 'registered'] });
    expect(inventory.get('gnb-1')).toMatchObject({ call_home: true });
    expect(inventory.get('gnb-2')).not.toHaveProperty('call_home');
  });

  it('registers a device over TLS, by default at its port, and refuses another protocol', async () => {
    const file = join(home, 'tls.csv');
    const rows = (word: string): void =>
      writeFileSync(file, `${header},transport\n${line('gnb-1', ',3gpp,')},${word}\n${line('gnb-2')},\n`);
    rows('telnet');
    expect(await imported(file)).toMatchObject({
      code: 1,
      items: [{ violations: [{ pointer: '/transport' }] }, { violations: [] }],
    });
    rows('tls');
    expect(await imported(file)).toMatchObject({ code: 0, results: ['registered', 'registered'] });
    expect(inventory.get('gnb-1')).toMatchObject({ transport: 'tls', port: 6513 });
    expect(inventory.get('gnb-2')).not.toHaveProperty('transport');
    expect(await imported(file)).toMatchObject({ code: 0, results: ['same', 'same'] });
    writeFileSync(file, `${header},transport,call_home\n${line('gnb-3', ',3gpp,')},tls,true\n`);
    expect(await imported(file)).toMatchObject({ code: 0, results: ['registered'] });
    expect(inventory.get('gnb-3')).toMatchObject({ transport: 'tls', call_home: true, port: 6513 });
  });

  it('names every fault of every row, and writes nothing', async () => {
    const file = csv(
      line('gnb-1', '830,3gpp,cell-1'),
      line('gnb-2', '830,acme,[nonsense'),
      line('gnb-1', '830,3gpp,cell-1'),
      'gnb-4,site-1',
    );
    const { code, items, stderr } = await imported(file);
    expect(code).toBe(1);
    expect(stderr).toContain('3 of 4 devices are refused: nothing is written');
    expect(items).toMatchObject([
      { from: 'row 1', result: 'new', violations: [] },
      { from: 'row 2', violations: [{ pointer: '/cells' }, { pointer: '/profile' }] },
      {
        from: 'row 3',
        violations: [
          { pointer: '/device_id', detail: '`gnb-1` stands in row 1, too' },
          { pointer: '/cells/0/cell_id', detail: '`cell-1` stands in row 1, too' },
        ],
      },
      { from: 'row 4', violations: [{ detail: 'has 2 fields, and the header 9' }, { pointer: '/host' }] },
    ]);
    expect(writes()).toEqual([]);
  });

  it('takes the devices of a NetBox, page by page, also while it is busy', async () => {
    process.env['NETBOX_TOKEN'] = 'right';
    const url = `http://127.0.0.1:${(netbox.server.address() as AddressInfo).port}`;
    const args = ['--netbox', url, '--query', 'site=ldn1&status=active'];
    expect(await imported(...args)).toMatchObject({
      code: 0,
      results: ['registered', 'registered', 'registered'],
    });
    expect(netbox.said[0]).toBe('/api/dcim/devices/?site=ldn1&status=active&limit=100');
    expect(netbox.said).toHaveLength(3);
    expect(inventory.get('ldn1-gnb-2')).toEqual({
      device_id: 'ldn1-gnb-2',
      site_id: 'ldn1',
      host: '10.1.0.2',
      port: 1830,
      username: 'oper',
      credentials_ref: 'env:PASS',
      host_key_fingerprint: 'SHA256:abc',
      cells: [{ cell_id: 'cell-2', neighbours: [] }],
    });
    const elsewhere = await imported('--netbox', url, '--query', 'site=elsewhere');
    expect(elsewhere.stderr).toContain('another address');
    process.env['NETBOX_TOKEN'] = 'wrong';
    expect(await imported(...args)).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('NetBox refuses (status 403): Invalid token'),
    });
    for (const [address, why] of [
      ['http://netbox.example', 'begins with https://'],
      ['http://127.0.0.1:1', 'does not answer'],
      ['netbox', 'is not an address'],
    ] as const)
      expect((await imported('--netbox', address)).stderr).toContain(why);
    delete process.env['NETBOX_TOKEN'];
    expect((await imported(...args)).stderr).toContain('NETBOX_TOKEN holds no token');
  });

  it('needs one source, and a person', async () => {
    expect((await imported()).code).toBe(2);
    expect((await cli('devices', 'import', csv(line('gnb-1')))).stderr).toContain('say who you are');
  });
});

describe('a CSV of devices', () => {
  it('may have quotes, line breaks, empty lines and a byte order mark', () => {
    const rows = devicesOfCsv(`\uFEFF${header}\n\n"gnb-1","a ""b""\nc",h,u,e,f,,,""\n`);
    expect(rows).toMatchObject([
      { from: 'row 1', device: { device_id: 'gnb-1', site_id: 'a "b"\nc', port: 830 } },
    ]);
    expect(devicesOfCsv(header)).toEqual([]);
  });

  it('is refused with unknown, missing or repeated columns, and with broken quotes', () => {
    expect(() => devicesOfCsv(`${header},color`)).toThrow('columns are not known: color');
    expect(() => devicesOfCsv('device_id')).toThrow(
      /columns are missing: site_id, host, username, credentials_ref, host_key_fingerprint$/,
    );
    expect(() => devicesOfCsv(`${header},host`)).toThrow('a column is named twice');
    expect(() => devicesOfCsv(`${header}\n"gnb`)).toThrow('is not CSV');
  });
});
