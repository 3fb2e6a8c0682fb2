import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { subscribe } from '../src/kpi/gnmi/gnmi-call.js';
import { GnmiStream } from '../src/kpi/gnmi/gnmi-stream.js';
import { parseKpiSources, type GnmiEntry } from '../src/kpi/kpi-sources-file.js';
import { GnmiStreamTarget } from './gnmi-stream-target.js';

const kpis = [
  { kpi: 'latency_ms', path: '/cells/cell[id=$cell]/state/latency', window_s: 0 },
  { kpi: 'load_pct', path: '/cells/cell[id=$cell]/state/load', window_s: 10, scale: 100 },
];

const eventually = <T>(condition: () => T | Promise<T>) =>
  until(condition, 'the values of the target have arrived');

describe('KPIs from a gNMI subscription that stays open', () => {
  let target: GnmiStreamTarget;
  let address: string;
  const opened: GnmiStream[] = [];
  beforeEach(async () => {
    target = new GnmiStreamTarget();
    address = await target.start();
  });
  afterEach(() => {
    for (const source of opened.splice(0)) source.close();
    target.stop();
  });
  const entryOf = (over: object = {}): GnmiEntry => {
    const entry = {
      kind: 'gnmi',
      name: 'telemetry',
      tenant_id: 'demo',
      address,
      plain: true,
      kpis,
      timeout_ms: 30_000,
    };
    const sources = [{ ...entry, mode: 'sample', ...over }];
    return parseKpiSources(JSON.stringify({ sources }))[0] as GnmiEntry;
  };
  const sourceOf = (over: object = {}): GnmiStream => {
    const source = new GnmiStream(entryOf(over), 10);
    opened.push(source);
    return source;
  };
  const latencies = async (source: GnmiStream, cells: readonly string[] | null = null) =>
    Object.fromEntries(
      [...(await source.read(cells, Date.now())).get('latency_ms')!].map(([cell, { value }]) => [
        cell,
        value,
      ]),
    );

  const faultOf = (source: GnmiStream) =>
    source.read(null, Date.now()).then(
      () => '',
      (error: unknown) => (error as Error).message,
    );

  it('are subscribed to once, with the interval, and are current at each reading', async () => {
    const at = Date.now() - 5000;
    target.set('c1', 'latency', 12.5, at);
    target.set('c1', 'load', '0.4', at);
    const source = sourceOf({ origin: 'openconfig', interval_s: 30 });
    const first = await source.read(['c1', 'c2'], Date.now());
    expect(first.get('latency_ms')).toEqual(new Map([['c1', { value: 12.5, from: at, to: at }]]));
    expect(first.get('load_pct')).toEqual(new Map([['c1', { value: 40, from: at - 10_000, to: at }]]));
    target.set('c2', 'latency', 7);
    await eventually(async () => 'c2' in (await latencies(source)));
    expect(await latencies(source, ['c2'])).toEqual({ c2: 7 });
    expect(target.requests).toHaveLength(1);
    expect(target.requests[0]!.subscribe).toMatchObject({ mode: 0, prefix: { origin: 'openconfig' } });
    for (const one of target.requests[0]!.subscribe!.subscription) {
      expect(one).toMatchObject({ mode: 2, sample_interval: 30e9 });
      expect(one).not.toHaveProperty('heartbeat_interval');
    }
  });

  it('are sent again at each interval where they are subscribed to on change', async () => {
    await sourceOf({ mode: 'on_change', interval_s: 20 }).read(null, Date.now());
    for (const one of target.requests[0]!.subscribe!.subscription) {
      expect(one).toMatchObject({ mode: 1, heartbeat_interval: 20e9 });
      expect(one).not.toHaveProperty('sample_interval');
    }
  });

  it('are unknown once their cell is deleted, also as a part of a larger path', async () => {
    for (const cell of ['c1', 'c2', 'c3']) target.set(cell, 'latency', 5);
    const source = sourceOf();
    await eventually(async () => Object.keys(await latencies(source)).length === 3);
    target.remove('c1');
    await eventually(async () => Object.keys(await latencies(source)).join() === 'c2,c3');
    const everyLatency = [{ elem: [{ name: '*' }, { name: 'state' }, { name: 'latency' }] }];
    const prefix = { elem: [{ name: 'cells' }] };
    target.send({ update: { timestamp: Date.now() * 1e6, prefix, delete: everyLatency } });
    await eventually(async () => Object.keys(await latencies(source)).length === 0);
  });

  it('end with a deletion that arrives later, but outlive one in the same notification', async () => {
    const at = Date.now();
    target.set('c1', 'latency', 5, at);
    const source = sourceOf();
    await source.read(null, at);
    target.remove('c1', at - 1000);
    target.set('c2', 'latency', 6, at);
    await eventually(async () => 'c2' in (await latencies(source)));
    expect(await latencies(source)).toEqual({ c2: 6 });
    const elem = [{ name: 'cell', key: { id: 'c1' } }, { name: 'state' }, { name: 'latency' }];
    target.send({
      update: {
        timestamp: Date.now() * 1e6,
        prefix: { elem: [{ name: 'cells' }] },
        update: [{ path: { elem }, val: { int_val: 9 } }],
        delete: [{ elem: [{ name: 'cell' }] }],
      },
    });
    await eventually(async () => (await latencies(source))['c1'] === 9);
    expect(await latencies(source)).toEqual({ c1: 9 });
  });

  it('are deleted by a path whose step has no name, and an update of such a path is none', async () => {
    target.set('c1', 'latency', 5);
    const source = sourceOf();
    await source.read(null, Date.now());
    const timestamp = Date.now() * 1e6;
    target.send({ update: { timestamp, update: [{ path: { elem: [{}] }, val: { int_val: 9 } }] } });
    target.send({ update: { timestamp, delete: [{ elem: [{}] }] } });
    await eventually(async () => Object.keys(await latencies(source)).length === 0);
    expect(target.requests).toHaveLength(1);
  });

  it('fail where a message cannot be read', async () => {
    const why = await new Promise<string>((resolve) => {
      const path = { elem: ['cells', 'cell', 'state', 'latency'].map((name) => ({ name })) };
      path.elem[1] = { name: 'cell', key: { id: '*' } } as never;
      subscribe(
        entryOf(),
        { subscribe: { subscription: [{ path, mode: 1 }], mode: 0, encoding: 0 } },
        {
          onResponse: () => {
            throw new Error('no such message');
          },
          onEnd: ({ message }) => resolve(message),
        },
      );
    });
    expect(why).toBe('it sent a message that cannot be read');
  });

  it('are all that exists where a notification is atomic', async () => {
    target.set('c1', 'latency', 5);
    target.set('c2', 'latency', 6);
    const source = sourceOf();
    await source.read(null, Date.now());
    const elem = [{ name: 'cell', key: { id: 'c2' } }, { name: 'state' }, { name: 'latency' }];
    target.send({
      update: {
        timestamp: Date.now() * 1e6,
        prefix: { elem: [{ name: 'cells' }] },
        update: [{ path: { elem }, val: { int_val: 7 } }],
        atomic: true,
      },
    });
    await eventually(async () => (await latencies(source))['c2'] === 7);
    expect(await latencies(source)).toEqual({ c2: 7 });
  });

  it('keep their own times, so that an old one is seen, and have none in the future', async () => {
    const now = Date.now();
    target.set('old', 'latency', 1, now - 86_400_000);
    target.set('future', 'latency', 2, now + 86_400_000);
    const source = sourceOf();
    const found = (await source.read(null, now)).get('latency_ms')!;
    expect([found.get('old')!.to, found.get('future')!.to]).toEqual([now - 86_400_000, Infinity]);
    target.set('future', 'latency', 3);
    await eventually(async () => (await latencies(source))['future'] === 3);
  });

  it('are unknown after a newer value that is no number', async () => {
    target.set('c1', 'latency', 5, Date.now() - 1000);
    const source = sourceOf();
    await eventually(async () => 'c1' in (await latencies(source)));
    target.set('c1', 'latency', 'down');
    await eventually(async () => !('c1' in (await latencies(source))));
  });

  it('are subscribed to again after the target ends, without the values of before', async () => {
    target.set('c1', 'latency', 5);
    const source = sourceOf();
    expect(await latencies(source)).toEqual({ c1: 5 });
    target.drop();
    target.remove('c1');
    target.set('c2', 'latency', 6);
    const read = () => latencies(source).catch((error: unknown) => (error as Error).message);
    await eventually(async () => JSON.stringify(await read()) === '{"c2":6}');
    expect(target.requests.length).toBeGreaterThan(1);
  });

  it('fail while the target has not sent every value, and are there when it has', async () => {
    target.syncs = false;
    target.set('c1', 'latency', 5);
    const source = sourceOf({ timeout_ms: 1000 });
    await expect(source.read(null, Date.now())).rejects.toThrow(/has not sent every value within 1 s/);
    target.syncs = true;
    const read = () => latencies(source).catch(() => null);
    await eventually(async () => JSON.stringify(await read()) === '{"c1":5}');
  });

  it('are asked for ever more rarely where the target sends every value and ends', async () => {
    target.ends = true;
    await faultOf(sourceOf());
    await eventually(() => target.times.length >= 7);
    // The sixth delay is 2 ** 5 times the first one of 10 ms. A timer may be a millisecond early.
    expect(target.times[6]! - target.times[5]!).toBeGreaterThanOrEqual(315);
  });

  it('fail if the target refuses, and are tried again', async () => {
    const source = sourceOf({ kpis: [{ ...kpis[0]!, path: '/cells/cell[id=$cell]/state/temperature' }] });
    await expect(source.read(null, Date.now())).rejects.toThrow(/there is no such path/);
    await eventually(() => target.requests.length > 2);
  });

  it('fail if nobody listens', async () => {
    target.stop();
    await expect(sourceOf().read(null, Date.now())).rejects.toThrow(/does not answer/);
  });

  it('fail after a notification without a time', async () => {
    const source = new GnmiStream(entryOf(), 3_600_000);
    opened.push(source);
    await source.read(null, Date.now());
    target.send({ update: { prefix: { elem: [{ name: 'cells' }] } } });
    await eventually(async () => (await faultOf(source)) !== '');
    expect(await faultOf(source)).toBe('a notification has no time');
  });

  it('fail after a silence of three intervals', async () => {
    const source = new GnmiStream(entryOf({ interval_s: 1 }), 3_600_000);
    opened.push(source);
    await source.read(null, Date.now());
    await eventually(async () => (await faultOf(source)) !== '');
    expect(await faultOf(source)).toBe('it has sent nothing for 3 s');
  });

  it('fail once the clock of the gateway is set back', async () => {
    target.set('c1', 'latency', 5);
    const source = new GnmiStream(entryOf(), 3_600_000);
    opened.push(source);
    await source.read(null, Date.now());
    const { now } = Date;
    Date.now = () => now() - 60_000;
    try {
      target.set('c1', 'latency', 6);
      await eventually(async () => (await faultOf(source)) !== '');
    } finally {
      Date.now = now;
    }
    expect(await faultOf(source)).toBe("the gateway's clock was set back");
  });

  it('end with the source', async () => {
    const source = sourceOf();
    await source.read(null, Date.now());
    expect(target.open).toBe(1);
    source.close();
    await eventually(() => target.open === 0);
    await expect(source.read(null, Date.now())).rejects.toThrow('it is closed');
  });
});
