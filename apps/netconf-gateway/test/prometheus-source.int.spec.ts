import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { suiteWhere } from '@interlock/testing';
import { generate } from 'selfsigned';
import { parseKpiSources, type PrometheusEntry } from '../src/kpi/kpi-sources-file.js';
import { cellsPattern, PrometheusSource, samplesOf } from '../src/kpi/prometheus-source.js';
import {
  missingForPrometheus,
  startPrometheus,
  startProxy,
  startSlowProxy,
  type TestPrometheus,
} from './prometheus.js';

const odd = 'a"b|c.*\\{é}';
const escaped = odd.replaceAll('\\', '\\\\').replaceAll('"', '\\"');

const steady = [
  'cell_latency_ms{cell="cell-1"} 12.5',
  'cell_latency_ms{cell="cell-2"} NaN',
  `cell_latency_ms{cell="${escaped}"} 7`,
  'cell_latency_ms 99',
  'twice{cell="cell-1",port="1"} 1',
  'twice{cell="cell-1",port="2"} 2',
  '',
].join('\n');

const sourceAt = (url: string, over: object = {}): PrometheusSource =>
  new PrometheusSource(
    parseKpiSources(
      JSON.stringify({
        sources: [
          {
            kind: 'prometheus',
            name: 'prom',
            tenant_id: 'demo',
            url,
            kpis: [{ kpi: 'latency_ms', query: 'cell_latency_ms{cell=~"$cells"}' }],
            ...over,
          },
        ],
      }),
    )[0] as PrometheusEntry,
  );

suiteWhere(describe, 'KPIs from a real Prometheus', missingForPrometheus, () => {
  let prometheus: TestPrometheus;
  let folder: string;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlock-prom-'));
    prometheus = await startPrometheus();
    prometheus.says(steady);
    await prometheus.has('cell_latency_ms{cell="cell-1"}', '12.5');
  });
  afterAll(async () => {
    await prometheus.stop();
    rmSync(folder, { recursive: true });
  });
  const read = async (source: PrometheusSource, ...cells: readonly string[]) =>
    (await source.read(cells, Date.now())).get('latency_ms')!;

  it('are those of the asked cells, with the time of the newest sample', async () => {
    const found = await read(sourceAt(prometheus.url), 'cell-1', 'cell-2', odd);
    expect([...found].map(([cell, { value }]) => [cell, value]).sort()).toEqual([
      [odd, 7],
      ['cell-1', 12.5],
    ]);
    const { from, to } = found.get('cell-1')!;
    expect(from).toBe(to);
    expect(Date.now() - to).toBeGreaterThanOrEqual(0);
    expect([...(await read(sourceAt(prometheus.url), 'cell.1'))]).toEqual([]);
  });

  it('of an expression are as old as the sample that it names, and reach back over its window', async () => {
    const kpis = [
      {
        kpi: 'latency_ms',
        query: '2 * max_over_time(cell_latency_ms{cell=~"$cells"}[30s])',
        measured_by: 'cell_latency_ms{cell=~"$cells"}',
        window_s: 30,
      },
    ];
    const found = (await read(sourceAt(prometheus.url, { kpis }), 'cell-1')).get('cell-1')!;
    expect(found.value).toBe(25);
    expect(found.to - found.from).toBe(30_000);
  });

  it.each([
    ['a query that is wrong', 'cell_latency_ms{', 'it answered 400: invalid parameter'],
    ['a scalar', '1', 'the answer is not a vector'],
    ['a series without a cell', 'cell_latency_ms', 'a series has no label `cell`'],
    ['several values of a cell', 'twice', 'several values for cell `cell-1`'],
  ])('refuses %s', async (_, query, why) => {
    const kpis = [{ kpi: 'latency_ms', query, measured_by: 'twice', window_s: 0 }];
    await expect(read(sourceAt(prometheus.url, { kpis }), 'cell-1')).rejects.toThrow(why);
  });

  it('refuses an answer that is too long, and says that nothing answers', async () => {
    const kpis = [{ kpi: 'latency_ms', query: '{job="cells"}', measured_by: 'twice', window_s: 0 }];
    await expect(sourceAt(prometheus.url, { kpis, max_bytes: 1000 }).read(null, Date.now())).rejects.toThrow(
      'more than 1000 bytes',
    );
    await expect(read(sourceAt('http://127.0.0.1:1'), 'cell-1')).rejects.toThrow('no connection');
  });

  it('have the time of an older sample, not of a newer one, if a scrape comes between the two queries', async () => {
    let changed = Infinity;
    const proxy = await startSlowProxy(prometheus.url, async () => {
      changed = Date.now();
      prometheus.says(`${steady}moving{cell="cell-1"} 2\n`);
      await prometheus.has('moving{cell="cell-1"}', '2');
    });
    try {
      prometheus.says(`${steady}moving{cell="cell-1"} 1\n`);
      await prometheus.has('moving{cell="cell-1"}', '1');
      const kpis = [{ kpi: 'latency_ms', query: 'moving{cell=~"$cells"}' }];
      const source = sourceAt(proxy.url, { kpis, timeout_ms: 30_000 });
      // The queries are of a later time, so that they include a scrape that comes between them.
      const found = (await source.read(['cell-1'], Date.now() + 120_000)).get('latency_ms')!;
      expect(found.get('cell-1')).toMatchObject({ value: 2 });
      expect(found.get('cell-1')!.to).toBeLessThanOrEqual(changed);
    } finally {
      await proxy.stop();
      prometheus.says(steady);
    }
  });

  it('are asked for by verified TLS with a token', async () => {
    const { private: key, cert } = await generate([{ name: 'commonName', value: 'localhost' }], {
      keyType: 'ec',
      algorithm: 'sha256',
      extensions: [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'subjectAltName', altNames: [{ type: 2, value: 'localhost' }] },
      ],
    });
    const proxy = await startProxy(prometheus.url, 'right', { key, cert });
    try {
      const ca_file = join(folder, 'ca.pem');
      writeFileSync(ca_file, cert);
      const token_file = join(folder, 'token');
      writeFileSync(token_file, 'right\n');
      const found = await read(sourceAt(proxy.url, { ca_file, token_file }), 'cell-1');
      expect(found.get('cell-1')?.value).toBe(12.5);
      await expect(read(sourceAt(proxy.url, { token_file }), 'cell-1')).rejects.toThrow('no connection');
      await expect(read(sourceAt(proxy.url, { ca_file }), 'cell-1')).rejects.toThrow('it answered 401');
      rmSync(token_file);
      await expect(read(sourceAt(proxy.url, { ca_file, token_file }), 'cell-1')).rejects.toThrow(
        'its token cannot be read: ENOENT',
      );
    } finally {
      await proxy.stop();
    }
  });
});

describe('an answer of the query API', () => {
  it('with a warning is refused, because a part of the data may be missing', () => {
    const body = JSON.stringify({
      status: 'success',
      warnings: ['remote read failed'],
      data: { resultType: 'vector', result: [] },
    });
    expect(() => samplesOf(200, body, 'cell')).toThrow('it answered with a warning: remote read failed');
  });

  it('with infinity or no number gives no value', () => {
    const series = (value: string) => ({ metric: { cell: value }, value: [1, value] });
    const body = JSON.stringify({
      status: 'success',
      data: { resultType: 'vector', result: ['+Inf', 'NaN', '-1e-3'].map(series) },
    });
    expect(samplesOf(200, body, 'cell').map(({ value }) => value)).toEqual([NaN, NaN, -0.001]);
  });
});

it('a pattern of cells holds only letters, digits and codes', () => {
  expect(cellsPattern(['a-1', '"}|é'])).toBe('a\\\\x{2d}1|\\\\x{22}\\\\x{7d}\\\\x{7c}\\\\x{e9}');
  expect(cellsPattern(null)).toBe('.+');
});
