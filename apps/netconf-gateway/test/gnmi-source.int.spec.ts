import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ServerCredentials, status } from '@grpc/grpc-js';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { generate } from 'selfsigned';
import { GnmiSource } from '../src/kpi/gnmi/gnmi-source.js';
import { numberOf } from '../src/kpi/gnmi/gnmi-values.js';
import { KpiSourceError } from '../src/kpi/kpi-source.js';
import { parseKpiSources, type GnmiEntry } from '../src/kpi/kpi-sources-file.js';
import { GnmiTarget, sends, update } from './gnmi-target.js';

const json = (value: unknown) => ({ json_ietf_val: Buffer.from(JSON.stringify(value)) });
const kpis = [
  { kpi: 'latency_ms', path: '/cells/cell[id=$cell]/state/latency', window_s: 0 },
  { kpi: 'load_pct', path: '/cells/cell[id=$cell]/state/load', window_s: 10, scale: 100 },
];
const sourceAt = (address: string, over: object = {}): GnmiSource =>
  new GnmiSource(
    parseKpiSources(
      JSON.stringify({
        sources: [
          { kind: 'gnmi', name: 'telemetry', tenant_id: 'demo', address, plain: true, kpis, ...over },
        ],
      }),
    )[0] as GnmiEntry,
  );

describe('KPIs from a gNMI target', () => {
  const target = new GnmiTarget();
  const now = Date.UTC(2026, 0, 1);
  let address: string;
  beforeAll(async () => {
    address = await target.start();
  });
  afterAll(() => target.stop());
  const read = async (...cells: readonly string[]) => {
    const found = await sourceAt(address).read(cells, Date.now());
    return Object.fromEntries([...found].map(([kpi, values]) => [kpi, Object.fromEntries(values)]));
  };

  it('are asked for once, cell by cell, and have the time of their notification', async () => {
    target.answers(
      sends(
        now,
        update('c1', 'latency', json(12.5)),
        update('c1', 'load', json('0.4')),
        update('c2', 'load', json(1)),
      ),
    );
    expect(await read('c1', 'c]2')).toEqual({
      latency_ms: { c1: { value: 12.5, from: now, to: now } },
      load_pct: {
        c1: { value: 40, from: now - 10_000, to: now },
        c2: { value: 100, from: now - 10_000, to: now },
      },
    });
    const { subscribe } = target.requests.at(-1)!.request;
    expect([subscribe?.mode, subscribe?.encoding]).toEqual([1, 4]);
    expect(
      subscribe?.subscription.map(({ path: { elem } }) =>
        elem.map(({ name, key }) => ({ name, key: { ...key } })),
      ),
    ).toEqual(
      ['latency', 'load'].flatMap((leaf) =>
        ['c1', 'c]2'].map((id) => [
          { name: 'cells', key: {} },
          { name: 'cell', key: { id } },
          { name: 'state', key: {} },
          { name: leaf, key: {} },
        ]),
      ),
    );
  });

  it('of all cells are asked for by one path each', async () => {
    target.answers(sends(now, update('c1', 'latency', json(1)), update('c9', 'latency', json(2))));
    const found = await sourceAt(address, { origin: 'openconfig', encoding: 'proto' }).read(null, Date.now());
    expect([...found.get('latency_ms')!.keys()]).toEqual(['c1', 'c9']);
    const { subscribe } = target.requests.at(-1)!.request;
    expect(subscribe).toMatchObject({
      prefix: { origin: 'openconfig' },
      encoding: 2,
      subscription: { length: 2 },
    });
  });

  it.each<readonly [object, number]>([
    [{ int_val: -7 }, -7],
    [{ uint_val: 7 }, 7],
    [{ double_val: 0.25 }, 0.25],
    [{ float_val: 0.5 }, 0.5],
    [{ decimal_val: { digits: -1234, precision: 2 } }, -12.34],
    [{ decimal_val: { digits: 5, precision: 400 } }, NaN],
    [{ json_val: Buffer.from('3') }, 3],
    [{ string_val: '1e2' }, 100],
    [{ ascii_val: ' 5' }, NaN],
    [{ string_val: 'up' }, NaN],
    [{ bool_val: true }, NaN],
    [{ bytes_val: Buffer.from('9') }, NaN],
    [json({ load: 1 }), NaN],
    [{ json_ietf_val: Buffer.from('{') }, NaN],
    [{}, NaN],
  ])('of the value %j is %d', async (val, number) => {
    target.answers(sends(now, update('c1', 'latency', val)));
    const { latency_ms: found } = await read('c1');
    expect(found?.['c1']?.value ?? NaN).toBe(number);
  });

  it('that were measured while they were asked for are as new as the question, those of the future not', async () => {
    const asked = Date.now();
    const timeOf = async (to: number): Promise<number | undefined> => {
      target.answers(sends(to, update('c1', 'latency', json(1))));
      return (await sourceAt(address).read(['c1'], asked)).get('latency_ms')!.get('c1')?.to;
    };
    expect(await timeOf(asked + 500)).toBe(asked);
    expect(await timeOf(asked - 500)).toBe(asked - 500);
    expect(await timeOf(asked + 86_400_000)).toBe(Infinity);
  });

  it('reads no number where a value has none', () =>
    expect([numberOf(), numberOf({ json_val: Buffer.from('null') })]).toEqual([NaN, NaN]));

  it('are those of the newest notification; a newer value that is no number makes the KPI unknown', async () => {
    const at = (ms: number, value: object) => ({
      update: {
        timestamp: ms * 1e6,
        update: [{ ...update('c1', 'latency', value) }],
        prefix: { elem: [{ name: 'cells' }] },
      },
    });
    const inTurn = (...responses: readonly object[]): void => {
      target.answers((call) => {
        for (const response of responses) call.write(response);
        call.write({ sync_response: true });
      });
    };
    inTurn(at(now, json(2)), at(now - 1000, json(1)));
    expect((await read('c1'))['latency_ms']).toMatchObject({ c1: { value: 2, to: now } });
    inTurn(at(now - 1000, json(1)), at(now, json('down')));
    expect((await read('c1'))['latency_ms']).toEqual({});
    inTurn(at(now, json('down')), at(now - 1000, json(1)));
    expect((await read('c1'))['latency_ms']).toEqual({});
  });

  it.each<readonly [string, Parameters<GnmiTarget['answers']>[0], RegExp]>([
    [
      'refuses',
      (call) => call.emit('error', Object.assign(new Error('no rights'), { code: status.PERMISSION_DENIED })),
      /no rights/,
    ],
    ['ends before it has sent everything', (call) => call.end(), /ended the subscription/],
    [
      'sends a value without a time',
      (call) => call.write({ update: { update: [update('c1', 'latency', json(1))] } }),
      /has no time/,
    ],
    [
      'sends too much at once',
      (call) => {
        call.write({
          update: { timestamp: 1, update: [update('c1', 'latency', { string_val: 'x'.repeat(5000) })] },
        });
      },
      /larger than max/,
    ],
    [
      'sends messages without end',
      (call) => {
        const more = (): void => {
          while (!call.cancelled && call.write({ update: { timestamp: 1 } }));
          if (!call.cancelled) call.once('drain', more);
        };
        more();
      },
      /more than 200000 values|Deadline|DEADLINE/,
    ],
    ['says nothing', () => undefined, /Deadline|DEADLINE/],
  ])('fail if the target %s', async (_, answer, detail) => {
    target.answers(answer);
    await expect(
      sourceAt(address, { max_bytes: 2000, timeout_ms: 2000 }).read(['c1'], Date.now()),
    ).rejects.toThrow(detail);
  });

  it('fail if nobody listens', async () => {
    await expect(sourceAt('127.0.0.1:1').read(['c1'], Date.now())).rejects.toThrow(/does not answer/);
  });

  it('need a certificate that is trusted, and send the login', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'interlock-gnmi-'));
    const { cert, private: key } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keySize: 2048,
      extensions: [{ name: 'subjectAltName', altNames: [{ type: 7, ip: '127.0.0.1' }] }],
    });
    const secure = new GnmiTarget();
    const at = await secure.start(
      ServerCredentials.createSsl(null, [{ cert_chain: Buffer.from(cert), private_key: Buffer.from(key) }]),
    );
    try {
      secure.answers(sends(now, update('c1', 'latency', json(1))));
      const [ca, password] = [join(folder, 'ca.pem'), join(folder, 'password')];
      writeFileSync(ca, cert);
      writeFileSync(password, 'secret\n');
      const login = { plain: false, username: 'reader', password_file: password };
      await expect(sourceAt(at, login).read(['c1'], Date.now())).rejects.toThrow(/does not answer/);
      const found = await sourceAt(at, { ...login, ca_file: ca }).read(['c1'], Date.now());
      expect(found.get('latency_ms')!.get('c1')!.value).toBe(1);
      const { metadata } = secure.requests.at(-1)!;
      expect([metadata.get('username'), metadata.get('password')]).toEqual([['reader'], ['secret']]);
      const lost = sourceAt(at, { ...login, ca_file: ca, password_file: join(folder, 'none') });
      await expect(lost.read(['c1'], Date.now())).rejects.toThrow('a file cannot be read: ENOENT');
      writeFileSync(password, 'gehört\nniemandem');
      const unsendable = sourceAt(at, { ...login, ca_file: ca }).read(['c1'], Date.now());
      await expect(unsendable).rejects.toThrow(KpiSourceError);
      await expect(unsendable).rejects.toThrow('its certificates, key or password cannot be used');
      writeFileSync(ca, 'no certificate');
      const untrusted = sourceAt(at, { plain: false, ca_file: ca, cert_file: ca, key_file: ca });
      await expect(untrusted.read(['c1'], Date.now())).rejects.toThrow(KpiSourceError);
    } finally {
      secure.stop();
      rmSync(folder, { recursive: true });
    }
  });
});
