import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { useService, type Body } from './service-world.js';

const service = useService();
const { call, deviceBody, settingsOf } = service;

/** Asks until the read model holds the position of a write. */
const topology = async (query = '', position?: unknown): Promise<Body> => {
  const { body } = await call('GET', `/topology${query}`, {
    headers: position === undefined ? {} : { 'interlock-min-position': String(position) },
  });
  return body;
};
const idsOf = (page: Body): readonly unknown[] => (page.items ?? []).map(({ device_id: id }) => id);
const passed = (since: string): Promise<unknown> =>
  until(() => new Date().toISOString() > since, 'a millisecond has passed');

/** The times between the writes below. */
const times: { before: string; first: string; moved: string; removed: string } = {
  before: '',
  first: '',
  moved: '',
  removed: '',
};
const now = async (): Promise<string> => {
  const at = new Date().toISOString();
  await passed(at);
  return at;
};

beforeAll(async () => {
  times.before = await now();
  await call('POST', '/devices', { body: deviceBody('a') });
  const second = await call('POST', '/devices', { body: deviceBody('b', { site_id: 'site-a' }) });
  await topology('', second.body['position']);
  times.first = await now();
  // Another login is no other place in the network; another site is.
  const cells = [{ cell_id: 'b-1', neighbours: [{ cell_id: 'a-1', coverage: 'PARTIAL' }] }];
  await call('PUT', '/devices/gnb-b', { body: settingsOf('b', { site_id: 'site-b', cells }) });
  times.moved = await now();
  const removed = await call('DELETE', '/devices/gnb-a');
  await topology('', removed.body['position']);
  times.removed = await now();
});

describe('the topology', () => {
  it('is the one that held at a time', async () => {
    const at = (time: string): Promise<Body> => topology(`?at=${time}`);
    expect(idsOf(await at(times.before))).toEqual([]);
    expect(idsOf(await at(times.first))).toEqual(['gnb-a', 'gnb-b']);
    expect((await at(times.moved)).items).toMatchObject([
      { device_id: 'gnb-a', site_id: 'site-a', until: expect.any(String) },
      { device_id: 'gnb-b', site_id: 'site-b', cells: [{ cell_id: 'b-1' }], until: null },
    ]);
    expect(idsOf(await at(times.removed))).toEqual(['gnb-b']);
    expect(idsOf(await topology())).toEqual(['gnb-b']);
    const [first] = (await at(times.first)).items ?? [];
    const [, moved] = (await at(times.moved)).items ?? [];
    expect(String(first?.['since']) <= times.first).toBe(true);
    expect(String(moved?.['since']) > times.first).toBe(true);
  });

  it('begins no new version where nothing of it changed', async () => {
    const known = (await topology()).items;
    const cells = [{ cell_id: 'b-1', neighbours: [{ cell_id: 'a-1', coverage: 'PARTIAL' }] }];
    const port = { port: 22, host: '127.0.0.1' };
    const body = settingsOf('b', { site_id: 'site-b', cells, ...port });
    const asked = await call('PUT', '/devices/gnb-b', { body });
    expect(asked.http).toBe(202);
    await service.approve(asked);
    await until(
      async () => (await call('GET', '/devices/gnb-b')).body['port'] === 22,
      'the device has another port',
    );
    // A later device is seen, so the model has read the change before it.
    const later = await call('POST', '/devices', {
      body: deviceBody('b', { device_id: 'gnb-later', site_id: 'site-c', cells: [], ...port }),
    });
    const shown = await topology('', later.body['position']);
    expect(idsOf(shown)).toEqual(['gnb-b', 'gnb-later']);
    expect(shown.items?.slice(0, 1)).toEqual(known);
  });

  it('is listed page by page and by site', async () => {
    const first = await topology(`?at=${times.first}&limit=1`);
    expect(idsOf(first)).toEqual(['gnb-a']);
    const second = await topology(`?at=${times.first}&limit=1&cursor=${String(first['next'])}`);
    expect([idsOf(second), second['next']]).toEqual([['gnb-b'], null]);
    expect(idsOf(await topology(`?at=${times.moved}&site_id=site-b`))).toEqual(['gnb-b']);
  });

  it('names what a change of a cell, a device or a site may affect at a time', async () => {
    const affected = async (entity: string, at: string): Promise<Body> =>
      (await call('GET', `/topology/${entity}/affected?at=${at}`)).body;
    expect(await affected('a-1', times.moved)).toMatchObject({
      entity_id: 'a-1',
      kind: 'cell',
      at: times.moved,
      devices: ['gnb-a', 'gnb-b'],
      sites: ['site-a', 'site-b'],
      cells: [
        { cell_id: 'a-1', relation: 'itself', coverage: null },
        { cell_id: 'a-2', relation: 'neighbour', coverage: 'FULL' },
        { cell_id: 'a-3', relation: 'neighbour', coverage: 'FULL' },
        { cell_id: 'b-1', relation: 'neighbour_of', coverage: 'PARTIAL' },
      ],
    });
    expect(await affected('gnb-b', times.removed)).toMatchObject({
      kind: 'device',
      cells: [
        { cell_id: 'b-1', relation: 'itself' },
        { cell_id: 'a-1', relation: 'neighbour', device_id: null, site_id: null },
      ],
    });
    expect(await affected('site-a', times.first)).toMatchObject({
      kind: 'site',
      devices: ['gnb-a', 'gnb-b'],
    });
    expect(await affected('a-1', times.removed)).toMatchObject({ code: 'device-unknown', status: 404 });
  });

  it('shows the slices of cells with their history, and what a change of a slice may affect', async () => {
    const slices = [{ slice_id: '1-0000a1', policies: ['prb-1'], five_qis: [1] }];
    const cells = [
      { cell_id: 'v-1', neighbours: [{ cell_id: 'v-2', coverage: 'FULL' }], slices },
      { cell_id: 'v-2', neighbours: [] },
    ];
    const other = { device_id: 'gnb-v', site_id: 'site-v', port: 22, host: '127.0.0.1' };
    const first = await call('POST', '/devices', { body: deviceBody('b', { ...other, cells }) });
    expect(first.body['cells']).toEqual([{ ...cells[0] }, { cell_id: 'v-2', neighbours: [], slices: null }]);
    await topology('', first.body['position']);
    const before = await now();
    const { device_id: _, ...settings } = other;
    const added = { slice_id: '2', policies: [], five_qis: null };
    const second = await call('PUT', '/devices/gnb-v', {
      body: settingsOf('b', { ...settings, cells: [cells[0], { ...cells[1], slices: [...slices, added] }] }),
    });
    expect(second.http).toBe(200);
    const of = async (query: string) =>
      ((await topology(query, second.body['position'])).items ?? []).flatMap(
        ({ cells: placed }) => placed as readonly Body[],
      );
    const named = async (query: string) =>
      (await of(query)).map((cell) =>
        cell['slices'] === null ? null : (cell['slices'] as readonly Body[]).map(({ slice_id: id }) => id),
      );
    expect(await named(`?site_id=site-v&at=${before}`)).toEqual([['1-0000a1'], null]);
    expect(await named('?site_id=site-v')).toEqual([['1-0000a1'], ['1-0000a1', '2']]);

    const affected = async (entity: string, query = ''): Promise<Body> =>
      (await call('GET', `/topology/${entity}/affected${query}`)).body;
    expect(await affected('v-1')).toMatchObject({ kind: 'cell', slices: ['1-0000a1', '2'] });
    expect(await affected('1-0000a1', `?at=${before}`)).toMatchObject({
      kind: 'slice',
      devices: ['gnb-v'],
      sites: ['site-v'],
      slices: ['1-0000a1'],
      cells: [{ cell_id: 'v-1', relation: 'serves', slices: ['1-0000a1'] }],
    });
    expect((await affected('1-0000a1'))['cells']).toMatchObject([
      { cell_id: 'v-1', relation: 'serves', coverage: null },
      { cell_id: 'v-2', relation: 'serves', slices: ['1-0000a1', '2'] },
    ]);
    expect(await affected('2', `?at=${before}`)).toMatchObject({ code: 'device-unknown', status: 404 });
    const open = await call('PUT', '/devices/gnb-v', {
      body: settingsOf('b', {
        ...settings,
        cells: [{ ...cells[0], slices: [{ ...slices[0], five_qis: [9] }] }],
      }),
    });
    expect([open.http, open.body['loosened']]).toMatchObject([202, [{ pointer: '/cells/0/slices' }]]);
  });

  it('needs the right to read devices, and shows only the own tenant', async () => {
    expect((await call('GET', '/topology', { scopes: ['AUDIT_READ'] })).http).toBe(403);
    const theirs = await call('GET', `/topology?at=${times.first}`, { tenant: 'acme' });
    expect(idsOf(theirs.body)).toEqual([]);
    const entity = await call('GET', `/topology/a-1/affected?at=${times.first}`, { tenant: 'acme' });
    expect(entity.http).toBe(404);
    for (const query of ['?at=yesterday', '?at=2026-W48-1', '?at=20261129T100000Z', '?limit=0', '?cursor=x'])
      expect((await call('GET', `/topology${query}`)).http).toBe(422);
  });
});
