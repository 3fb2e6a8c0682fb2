import { describe, expect, it } from '@jest/globals';
import { given, isProblem } from '@interlock/kernel';
import {
  buildTopology,
  deviceDecider,
  deviceLoosens,
  deviceViolations,
  endpointOf,
  isWithin,
  siteMates,
  type Device,
  type DeviceCommand,
  type DeviceEvent,
  type DriftLeaf,
} from '../src/index.js';
import { device } from './fleet.js';

const registered: DeviceEvent = { type: 'DeviceRegistered', data: device() };

describe('the device inventory', () => {
  it('registers a device', () => {
    expect(given(deviceDecider, []).when({ kind: 'RegisterDevice', device: device() }).events).toEqual([
      registered,
    ]);
  });
  it('refuses an existing one', () => {
    const { error } = given(deviceDecider, [registered]).when({ kind: 'RegisterDevice', device: device() });
    expect(isProblem(error, 'already-exists')).toBe(true);
  });
  it('registers a removed one again', () => {
    const events = given(deviceDecider, [
      registered,
      { type: 'DeviceRemoved', data: { device_id: 'gnb-1', reason: null } },
    ]).when({ kind: 'RegisterDevice', device: device() }).events;
    expect(events).toEqual([registered]);
  });
  it('writes changed settings, and nothing otherwise', () => {
    expect(
      given(deviceDecider, [registered]).when({
        kind: 'UpdateDevice',
        device_id: 'gnb-1',
        changes: { port: 831 },
      }).events,
    ).toEqual([{ type: 'DeviceUpdated', data: device({ port: 831 }) }]);
    expect(
      given(deviceDecider, [registered]).when({
        kind: 'UpdateDevice',
        device_id: 'gnb-1',
        changes: { port: 830 },
      }).events,
    ).toEqual([]);
  });
  it('begins and ends to call home by its settings, and keeps it where they do not say', () => {
    const update = (changes: Extract<DeviceCommand, { kind: 'UpdateDevice' }>['changes']): DeviceCommand => ({
      kind: 'UpdateDevice',
      device_id: 'gnb-1',
      changes,
    });
    const calling = device({ call_home: true });
    const began = given(deviceDecider, [registered]).when(update({ call_home: true }));
    expect(began.state.device).toEqual(calling);
    expect(endpointOf(calling)).toMatchObject({ call_home: true });
    expect(endpointOf(device())).not.toHaveProperty('call_home');
    const history = [registered, ...began.events];
    expect(given(deviceDecider, history).when(update({ port: 831 })).state.device).toEqual({
      ...calling,
      port: 831,
    });
    expect(given(deviceDecider, history).when(update({ call_home: false })).state.device).toEqual(device());
    expect(deviceViolations({ ...device(), call_home: 'yes' } as never)).toEqual([
      expect.objectContaining({ pointer: '/call_home' }),
    ]);
  });
  it('changes to TLS and back by its settings, and keeps it where they do not say', () => {
    const update = (changes: Extract<DeviceCommand, { kind: 'UpdateDevice' }>['changes']): DeviceCommand => ({
      kind: 'UpdateDevice',
      device_id: 'gnb-1',
      changes,
    });
    const began = given(deviceDecider, [registered]).when(update({ transport: 'tls' }));
    expect(began.state.device).toEqual(device({ transport: 'tls' }));
    expect(endpointOf(device({ transport: 'tls' }))).toMatchObject({ transport: 'tls' });
    expect(endpointOf(device())).not.toHaveProperty('transport');
    const history = [registered, ...began.events];
    expect(given(deviceDecider, history).when(update({ port: 831 })).state.device).toEqual(
      device({ transport: 'tls', port: 831 }),
    );
    expect(given(deviceDecider, history).when(update({ transport: 'ssh' })).state.device).toEqual(device());
  });
  it('is refused with another protocol, and calls home over each', () => {
    expect(deviceViolations({ ...device(), transport: 'dtls' } as never)).toEqual([
      expect.objectContaining({ pointer: '/transport' }),
    ]);
    expect(deviceViolations(device({ transport: 'tls', call_home: true }))).toEqual([]);
    expect(deviceViolations(device({ call_home: true }))).toEqual([]);
  });
  it('takes the next host key for the only one, once the device shows it', () => {
    const next = `SHA256:${'B'.repeat(43)}`;
    const update = (changes: Extract<DeviceCommand, { kind: 'UpdateDevice' }>['changes']): DeviceCommand => ({
      kind: 'UpdateDevice',
      device_id: 'gnb-1',
      changes,
    });
    const rotating = given(deviceDecider, [registered]).when(update({ next_host_key_fingerprint: next }));
    expect(rotating.state.device).toEqual(device({ next_host_key_fingerprint: next }));
    const history = [registered, ...rotating.events];
    expect(
      given(deviceDecider, history).when({ kind: 'NoteHostKey', fingerprint: `SHA256:${'C'.repeat(43)}` })
        .events,
    ).toEqual([]);
    const shown = given(deviceDecider, history).when({ kind: 'NoteHostKey', fingerprint: next });
    expect(shown.events).toEqual([
      {
        type: 'DeviceHostKeyRotated',
        data: { device_id: 'gnb-1', from: device().host_key_fingerprint, to: next },
      },
    ]);
    expect(shown.state.device).toEqual(device({ host_key_fingerprint: next }));
    expect(deviceLoosens(rotating.state, shown.state)).toEqual([]);
    const stopped = given(deviceDecider, history).when(update({ next_host_key_fingerprint: null }));
    expect(stopped.state.device).toEqual(device());
    expect(deviceLoosens(rotating.state, stopped.state)).toEqual([]);
  });
  it('loosens with another endpoint, also after a removal, and not with other cells', () => {
    const loosened = (over: Partial<Device>, before: readonly DeviceEvent[] = [registered]) => {
      const state = given(deviceDecider, before).when({
        kind: 'QuarantineDevice',
        device_id: 'gnb-1',
        tx_id: null,
        reason: 'r',
      }).state;
      return deviceLoosens(state, { ...state, device: device(over) }).map(({ pointer }) => pointer);
    };
    const removed: DeviceEvent = { type: 'DeviceRemoved', data: { device_id: 'gnb-1', reason: null } };
    for (const history of [[registered], [registered, removed]]) {
      expect(loosened({ host: '192.0.2.1', port: 1 }, history)).toEqual(['/host', '/port']);
      expect(loosened({ username: 'root', profile: 'nokia' }, history)).toEqual(['/username', '/profile']);
      expect(loosened({ credentials_ref: 'env:OTHER' }, history)).toEqual(['/credentials_ref']);
      expect(loosened({ cells: [], site_id: 'other' }, history)).toEqual([]);
    }
    expect(loosened({ host: '192.0.2.1' }, [])).toEqual([]);
    const calling: DeviceEvent = { type: 'DeviceRegistered', data: device({ call_home: true }) };
    expect(loosened({ call_home: true })).toEqual(['/call_home']);
    expect(loosened({}, [calling])).toEqual(['/call_home']);
    expect(loosened({ call_home: true }, [calling])).toEqual([]);
    const overTls: DeviceEvent = { type: 'DeviceRegistered', data: device({ transport: 'tls' }) };
    expect(loosened({ transport: 'tls' })).toEqual(['/transport']);
    expect(loosened({}, [overTls])).toEqual(['/transport']);
    expect(loosened({ transport: 'tls' }, [overTls])).toEqual([]);
  });
  it.each([
    { kind: 'UpdateDevice', device_id: 'gnb-1', changes: { port: 831 } } as const,
    { kind: 'RemoveDevice', reason: null } as const,
  ])('refuses $type for a missing device', (command) =>
    expect(isProblem(given(deviceDecider, []).when(command).error, 'device-unknown')).toBe(true),
  );
  it('quarantines once, keeps the quarantine over updates, and releases it', () => {
    const quarantined = given(deviceDecider, [registered]).when({
      kind: 'QuarantineDevice',
      device_id: 'gnb-1',
      tx_id: 'a1',
      reason: 'differs',
    });
    expect(quarantined.events).toEqual([
      { type: 'DeviceQuarantined', data: { device_id: 'gnb-1', tx_id: 'a1', reason: 'differs' } },
    ]);
    const history = [registered, ...quarantined.events];
    expect(
      given(deviceDecider, history).when({
        kind: 'QuarantineDevice',
        device_id: 'gnb-1',
        tx_id: 'a2',
        reason: 'again',
      }).events,
    ).toEqual([]);
    expect(
      given(deviceDecider, history).when({ kind: 'UpdateDevice', device_id: 'gnb-1', changes: { port: 831 } })
        .state.quarantined,
    ).toBe('differs');
    expect(
      given(deviceDecider, history).when({ kind: 'ReleaseDevice', device_id: 'gnb-1', reason: 'looked at' })
        .state.quarantined,
    ).toBeNull();
    expect(
      given(deviceDecider, [registered]).when({
        kind: 'ReleaseDevice',
        device_id: 'gnb-1',
        reason: 'looked at',
      }).events,
    ).toEqual([]);
    expect(
      given(deviceDecider, []).when({ kind: 'ReleaseDevice', device_id: 'gnb-1', reason: 'looked at' }).error,
    ).toMatchObject({ code: 'device-unknown' });
  });
  it('keeps the quarantine over removal and registration, until it is released', () => {
    const quarantined = {
      type: 'DeviceQuarantined',
      data: { device_id: 'gnb-1', tx_id: 'a1', reason: 'differs' },
    } as const;
    const removed = given(deviceDecider, [registered, quarantined]).when({
      kind: 'RemoveDevice',
      reason: null,
    });
    expect(removed.events).toEqual([
      { type: 'DeviceRemoved', data: { device_id: 'gnb-1', reason: null, quarantined: 'differs' } },
    ]);
    const history = [registered, quarantined, ...removed.events];
    const again = given(deviceDecider, history).when({
      kind: 'RegisterDevice',
      device: device({ port: 831 }),
    });
    expect(again.events).toEqual([
      { type: 'DeviceRegistered', data: { ...device({ port: 831 }), quarantined: 'differs' } },
    ]);
    expect(again.state).toEqual({
      ...deviceDecider.initial,
      device: device({ port: 831 }),
      quarantined: 'differs',
    });
    const after = given(deviceDecider, [...history, ...again.events]);
    expect(after.when({ kind: 'UpdateDevice', device_id: 'gnb-1', changes: { port: 832 } }).events).toEqual([
      { type: 'DeviceUpdated', data: device({ port: 832 }) },
    ]);
    const release = { kind: 'ReleaseDevice', device_id: 'gnb-1', reason: 'looked at' } as const;
    expect(after.when(release).state.quarantined).toBeNull();
    expect(given(deviceDecider, history).when(release).state).toEqual({
      ...deviceDecider.initial,
      removed: device(),
    });
  });
  it('folds events from before quarantine outlived a removal as they were decided then', () => {
    const history: readonly DeviceEvent[] = [
      registered,
      { type: 'DeviceQuarantined', data: { device_id: 'gnb-1', tx_id: 'a1', reason: 'differs' } },
      { type: 'DeviceRemoved', data: { device_id: 'gnb-1', reason: null } },
      registered,
    ];
    expect(
      given(deviceDecider, history).when({ kind: 'UpdateDevice', device_id: 'gnb-1', changes: {} }).state
        .quarantined,
    ).toBeNull();
  });
  it('quarantines a device that was removed during its transaction', () => {
    const history: readonly DeviceEvent[] = [
      registered,
      { type: 'DeviceRemoved', data: { device_id: 'gnb-1', reason: null } },
    ];
    expect(
      given(deviceDecider, history).when({
        kind: 'QuarantineDevice',
        device_id: 'gnb-1',
        tx_id: 'a1',
        reason: 'differs',
      }).state,
    ).toEqual({ ...deviceDecider.initial, removed: device(), quarantined: 'differs' });
  });
  it('names every fault by its pointer', () => {
    const faults = deviceViolations(
      device({
        device_id: 'GNB 1',
        host: 'a b',
        port: 70_000,
        username: '',
        credentials_ref: 'hunter2',
        host_key_fingerprint: 'md5',
        profile: 'acme',
        site_id: '',
        cells: [
          { cell_id: 'c1', neighbours: [{ cell_id: 'c1', coverage: 'FULL' }] },
          {
            cell_id: 'c1',
            neighbours: [
              { cell_id: 'x', coverage: 'NO' },
              { cell_id: 'x', coverage: 'NO' },
            ],
          },
        ],
      }),
    );
    expect(faults.map((fault) => fault.pointer)).toEqual([
      '/device_id',
      '/host',
      '/port',
      '/username',
      '/credentials_ref',
      '/host_key_fingerprint',
      '/profile',
      '/site_id',
      '/cells/0/neighbours/0/cell_id',
      '/cells/1/cell_id',
      '/cells/1/neighbours/1/cell_id',
    ]);
  });
  it.each(['env:GNB_PASSWORD', 'file:/run/secrets/gnb', 'file:gnb.key'])(
    'accepts the reference `%s`',
    (ref) => expect(deviceViolations(device({ credentials_ref: ref }))).toEqual([]),
  );
  it.each(['env:', 'env:A B', 'file:', 'password', 'constructor'])('refuses the reference `%s`', (ref) => {
    expect(deviceViolations(device({ credentials_ref: ref })).map((fault) => fault.pointer)).toEqual([
      '/credentials_ref',
    ]);
  });
  it('refuses an inherited name as a profile', () => {
    expect(deviceViolations(device({ profile: 'constructor' })).map((fault) => fault.pointer)).toEqual([
      '/profile',
    ]);
  });
});

describe('the topology', () => {
  it("finds an entity's device, site and neighbours, and the mates of its site", () => {
    const second = device({ device_id: 'gnb-2', cells: [{ cell_id: 'd1', neighbours: [] }] });
    const topology = buildTopology([second, device()], '3');
    expect(topology.cells.get('c1')).toMatchObject({ device_id: 'gnb-1', site_id: 'site-1' });
    expect(siteMates(topology, topology.cells.get('c1')!).map((cell) => cell.cell_id)).toEqual([
      'c2',
      'c3',
      'c4',
      'd1',
    ]);
  });
  it('assigns a cell that two devices claim to one of them, whatever the order', () => {
    const rival = device({ device_id: 'gnb-0', cells: [{ cell_id: 'c1', neighbours: [] }] });
    expect(buildTopology([device(), rival], '1').cells.get('c1')?.device_id).toBe('gnb-0');
    expect(buildTopology([rival, device()], '1').cells.get('c1')?.device_id).toBe('gnb-0');
  });
});

describe('the drift of a device', () => {
  const leaf = (path: string, actual: string): DriftLeaf => ({
    path,
    expected: 'LOCKED',
    actual,
    binding: 'interlock-ran@2026-11-01',
    action_id: 'a1',
    changed_by: null,
  });
  const found = (...leaves: readonly DriftLeaf[]): DeviceEvent => ({
    type: 'DeviceDriftFound',
    data: { device_id: 'gnb-1', leaves },
  });
  const cleared: DeviceEvent = { type: 'DeviceDriftCleared', data: { device_id: 'gnb-1' } };
  const by = { username: 'bob', session_id: '7', source_host: null, at: '2026-11-20T10:00:00.000Z' };

  it('is recorded where it differs from the earlier one, whoever made it', () => {
    const one = given(deviceDecider, [registered, found(leaf('/a', 'UNLOCKED'))]);
    const when = (...leaves: readonly DriftLeaf[]) => one.when({ kind: 'RecordDrift', leaves }).events;
    expect(when(leaf('/a', 'UNLOCKED'))).toEqual([]);
    expect(when({ ...leaf('/a', 'UNLOCKED'), changed_by: by })).toEqual([]);
    expect(when(leaf('/a', 'SHUTTINGDOWN'))).toEqual([found(leaf('/a', 'SHUTTINGDOWN'))]);
    expect(when(leaf('/b', 'UNLOCKED'))).toEqual([found(leaf('/b', 'UNLOCKED'))]);
    expect(when()).toEqual([cleared]);
    expect(given(deviceDecider, [registered]).when({ kind: 'RecordDrift', leaves: [] }).events).toEqual([]);
  });

  it('is adopted once, and not where there is none', () => {
    const adopt = { kind: 'AdoptDrift', reason: 'agreed' } as const;
    const leaves = [leaf('/a', 'UNLOCKED')];
    const adopted = given(deviceDecider, [registered, found(...leaves)]).when(adopt);
    expect(adopted.events).toEqual([
      { type: 'DeviceDriftAdopted', data: { device_id: 'gnb-1', leaves, reason: 'agreed' } },
    ]);
    expect(adopted.state.drift).toBeNull();
    for (const history of [[registered], [registered, found(...leaves), cleared]])
      expect(isProblem(given(deviceDecider, history).when(adopt).error, 'wrong-state')).toBe(true);
  });

  it('ends with the device, and is not recorded for one that was removed', () => {
    const removed: DeviceEvent = { type: 'DeviceRemoved', data: { device_id: 'gnb-1', reason: null } };
    const history = [registered, found(leaf('/a', 'UNLOCKED')), removed];
    const { error } = given(deviceDecider, history).when({ kind: 'RecordDrift', leaves: [] });
    expect(isProblem(error, 'device-unknown')).toBe(true);
    const again = given(deviceDecider, history).when({ kind: 'RegisterDevice', device: device() });
    expect(again.state.drift).toBeNull();
  });
});

describe('a changed node', () => {
  it.each([
    ["/ran/cell[id='c1']/attributes/power", "/ran/cell[id='c1']/attributes/power"],
    ["/ran/cell[id='c1']/attributes/power", '/r:ran/r:cell[r:id="c1"]/r:attributes/r:power'],
    ["/ran/cell[id='c1']/attributes/power", "/ran/cell[id='c1']"],
    ["/ran/cell[id='c1']/attributes/power", '/ran/cell'],
    ["/{urn:x}a/b[name='x:y']", "/q:a/q:b[q:name='x:y']"],
  ])('contains %s as %s', (leafPath, target) => expect(isWithin(leafPath, target)).toBe(true));
  it.each([
    ["/ran/cell[id='c1']/attributes/power", "/ran/cell[id='c2']"],
    ["/ran/cell[id='c1']/attributes/power", "/ran/cell[id='c1']/attributes/pow"],
    ["/ran/cell[id='c1']/attributes/power", ''],
    ["/a/b[name='x:y']", "/a/b[name='y']"],
  ])('does not contain %s as %s', (leafPath, target) => expect(isWithin(leafPath, target)).toBe(false));
  it('with a name of a megabyte is compared in proportion to its length', () =>
    expect(isWithin('/a/b', 'a'.repeat(1_000_000))).toBe(false));
});
