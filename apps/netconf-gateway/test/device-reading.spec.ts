import { NetconfDataError, parseXml, type NetconfClient } from '@interlock/netconf';
import { ownBinding } from '@interlock/network';
import { describe, expect, it, jest } from '@jest/globals';
import { isBusy, isNotPending, isUnknownOutcome } from '../src/sessions/change-session.js';
import { leavesOf, leftOver, readRunningLeaves } from '../src/devices/device-reading.js';
import { isDeviceFault } from '../src/sessions/change-session.js';
import { LeafReadings } from '../src/drift/leaf-readings.js';
import type { DeviceAddress } from '../src/sessions/sessions.js';

const answering = (cells: string): NetconfClient =>
  ({
    getConfig: () =>
      Promise.resolve(parseXml(`<data><ran xmlns="${ownBinding.namespace}">${cells}</ran></data>`)),
  }) as unknown as NetconfClient;
const cell = (id: string): string =>
  `<cell><id>${id}</id><attributes><administrativeState>LOCKED</administrativeState></attributes></cell>`;

describe('an answer with one cell twice', () => {
  const reading = (): Promise<unknown> =>
    readRunningLeaves(answering(cell('a') + cell('b') + cell('a')), ownBinding);

  it('is a fault of the device, which says what is wrong', async () => {
    await expect(reading()).rejects.toThrow(/`cell\[id='a'\]` stands twice/);
    await expect(reading()).rejects.toBeInstanceOf(NetconfDataError);
    expect(Object.keys(await readRunningLeaves(answering(cell('a') + cell('b')), ownBinding))).toHaveLength(
      4,
    );
  });

  it('says neither that a change is gone nor that it may be tried again', () => {
    const error = new NetconfDataError('x');
    expect([isDeviceFault(error), isUnknownOutcome(error)]).toEqual([true, true]);
    expect([isBusy(error), isNotPending(error)]).toEqual([false, false]);
  });
});

describe('an answer with many leaves', () => {
  it('looks each of them up once in the binding, however many leaves the binding has', () => {
    const stringify = jest.spyOn(JSON, 'stringify');
    try {
      const many = Array.from({ length: 1000 }, (_, n) => `<a><x>${n}</x><v>10.0.0.${n}0</v></a>`).join('');
      leavesOf(parseXml(`<data><ran xmlns="${ownBinding.namespace}">${many}</ran></data>`), ownBinding);
      expect(stringify.mock.calls.length).toBeLessThan(1100);
    } finally {
      stringify.mockRestore();
    }
  });
});

describe('an answer with a very long value', () => {
  const path = '/ran/a';
  const long = 'x'.repeat(2_000_000);

  it('leaves no long text in the event of a failed rollback', () => {
    expect(leftOver({ [path]: long }, [{ path, before: 'b', after: 'a' }])).toEqual([
      { path, before: 'b', after: long.slice(0, 4096) },
    ]);
  });

  it('is no drift that could be recorded, and says so', async () => {
    const client = {
      has: () => false,
      getConfig: () =>
        Promise.resolve(parseXml(`<data><ran xmlns="${ownBinding.namespace}"><a>${long}</a></ran></data>`)),
    };
    const readings = new LeafReadings(
      { read: (_, work) => work(client as unknown as NetconfClient) },
      { find: () => ownBinding },
    );
    const address = { tenant_id: 'demo', device_id: 'd' } as DeviceAddress;
    await expect(readings.read(address, [{ binding: 'own', path }], 'now')).rejects.toMatchObject({
      code: 'binding-unfit',
      detail: expect.stringContaining('has 2000000 characters on the device'),
    });
  });
});

describe('an answer with leaves that no binding can name', () => {
  it.each([
    ['in a leaf-list', '<dns>10.0.0.10</dns><dns>10.0.0.20</dns>', "/dns[.='10.0.0.10']", '10.0.0.10'],
    ['in equal entries', '<a><x>1</x></a><a><x>1</x><v>007</v></a>', "/a[x='1'][2]/v", '007'],
    ['under a key with both quotes', `<cell><id>a'b"c</id><v>007</v></cell>`, `/cell[id="a'b"c"]/v`, '007'],
  ])('keeps their texts: %s', (_, content, path, text) => {
    const data = parseXml(`<data><ran xmlns="${ownBinding.namespace}">${content}</ran></data>`);
    expect(leavesOf(data, ownBinding)[`/ran${path}`]).toBe(text);
  });
});
