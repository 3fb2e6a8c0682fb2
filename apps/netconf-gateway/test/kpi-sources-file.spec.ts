import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import { parseKpiSources, readKpiSources } from '../src/kpi/kpi-sources-file.js';

const prometheus = {
  kind: 'prometheus',
  name: 'prom',
  tenant_id: 'demo',
  url: 'https://prometheus.example:9090',
  kpis: [{ kpi: 'latency_ms', query: 'cell_latency_ms{cell=~"$cells"}' }],
};
const files = {
  kind: 'measurement-files',
  name: 'pm',
  tenant_id: 'demo',
  folder: '/var/pm',
  kpis: [{ kpi: 'users', counter: 'RRC.ConnMean' }],
};
const faultsOf = (...sources: readonly object[]): readonly string[] => {
  try {
    parseKpiSources(JSON.stringify({ sources }));
    return [];
  } catch (error) {
    if (!isProblem(error, 'validation-failed')) throw error;
    return (error.violations ?? []).map(({ pointer, detail }) => `${pointer} ${detail}`);
  }
};

describe('the file of KPI sources', () => {
  it('is read with its defaults', () => {
    expect(parseKpiSources(JSON.stringify({ sources: [prometheus, files] }))).toMatchObject([
      { ...prometheus, max_age_s: 60, cell_label: 'cell', kpis: [{ kpi: 'latency_ms' }] },
      { ...files, object_class: 'NRCellDU', kpis: [{ kpi: 'users', scale: 1 }] },
    ]);
    expect(readKpiSources(undefined)).toEqual([]);
  });

  it('is refused with every fault named', () => {
    expect(
      faultsOf(
        { ...prometheus, url: 'https://user@host', max_age_s: 0, extra: 1 },
        { ...files, folder: 'relative', kpis: [{ kpi: 'luck', counter: 'a b' }] },
        { kind: 'netflow' },
        {
          kind: 'gnmi',
          name: 'telemetry',
          tenant_id: 'demo',
          address: '10.0.0.1:9339',
          plain: true,
          cert_file: '/cert.pem',
          kpis: [
            { kpi: 'users', path: '/cells/cell[id=1]/users', window_s: 0 },
            { kpi: 'load_pct', path: 'cells', window_s: 0 },
          ],
        },
        {
          kind: 'gnmi',
          name: 'other',
          tenant_id: 'demo',
          address: 'host',
          encoding: 'xml',
          kpis: [{ kpi: 'users', path: '/' }],
        },
      ).map((fault) => fault.split(' ')[0]),
    ).toEqual(
      expect.arrayContaining([
        '/sources/0/url',
        '/sources/0/max_age_s',
        '/sources/0/extra',
        '/sources/1/folder',
        '/sources/1/kpis/0/kpi',
        '/sources/1/kpis/0/counter',
        '/sources/2/kind',
        '/sources/3/plain',
        '/sources/3/key_file',
        '/sources/3/kpis/0/path',
        '/sources/3/kpis/1/path',
        '/sources/4/address',
        '/sources/4/encoding',
        '/sources/4/kpis/0/window_s',
      ]),
    );
  });

  it('is refused where a gNMI subscription sends its values less often than they may be old', () => {
    const kpi = { kpi: 'users', path: '/cells/cell[id=$cell]/users', window_s: 0 };
    const gnmi = { kind: 'gnmi', name: 'telemetry', tenant_id: 'demo', address: 'host:9339', kpis: [kpi] };
    const faultsIn = (over: object) => faultsOf({ ...gnmi, ...over });
    expect(faultsIn({ mode: 'sample', interval_s: 60 })).toEqual([
      '/sources/0/interval_s is less than `max_age_s`',
    ]);
    expect(faultsIn({ mode: 'on_change', interval_s: 60, max_age_s: 61 })).toEqual([]);
    expect(faultsIn({ mode: 'once', interval_s: 60 })).toEqual([]);
    expect(faultsIn({ mode: 'poll' })).toHaveLength(1);
  });

  it('is refused where performance data streams cannot be told apart, or come too rarely', () => {
    const streams = {
      kind: 'measurement-streams',
      name: 'ems',
      tenant_id: 'demo',
      producer: 'ManagedElement=1',
      key_fingerprint: `SHA256:${'k'.repeat(43)}`,
      kpis: [{ kpi: 'users', counter: 'RRC.ConnMean', window_s: 10 }],
    };
    expect(parseKpiSources(JSON.stringify({ sources: [streams] }))).toMatchObject([
      { ...streams, object_class: 'NRCellDU', stream_ids: 'decimal', max_age_s: 60 },
    ]);
    const other = { ...streams, name: 'second', tenant_id: 'other' };
    expect(faultsOf(streams, other)).toEqual(['/sources/1/producer has another source with the same key']);
    expect(faultsOf(streams, { ...other, producer: 'ManagedElement=2' })).toEqual([]);
    expect(faultsOf({ ...streams, max_age_s: 10 })).toEqual([
      '/sources/0/kpis/0/window_s is less than `max_age_s`',
    ]);
    expect(
      faultsOf({ ...streams, producer: '', key_fingerprint: 'MD5:a', stream_ids: 'octal' }).map(
        (fault) => fault.split(' ')[0],
      ),
    ).toEqual(['/sources/0/producer', '/sources/0/key_fingerprint', '/sources/0/stream_ids']);
  });

  it('is refused where a query does not say how old its value is', () => {
    const query = 'sum by (cell) (rate(drops{cell=~"$cells"}[1m]))';
    const kpi = { kpi: 'drop_rate_pct', query };
    expect(faultsOf({ ...prometheus, kpis: [kpi] })).toEqual([
      '/sources/0/kpis/0/measured_by is required if the query is not a plain selector',
      '/sources/0/kpis/0/window_s is required if the query is not a plain selector',
    ]);
    expect(
      faultsOf({ ...prometheus, kpis: [{ ...kpi, window_s: 60, measured_by: 'drops{cell=~"$cells"}' }] }),
    ).toEqual([]);
  });

  it('is refused where two sources say the same KPI of a device', () => {
    const other = { ...files, kpis: [{ kpi: 'latency_ms', counter: 'DRB.AirIfDelayDl' }] };
    expect(faultsOf(prometheus, other)).toEqual(['/sources/1/kpis/0/kpi `latency_ms` has another source']);
    expect(faultsOf({ ...prometheus, devices: ['a'] }, { ...other, devices: ['b'] })).toEqual([]);
    expect(faultsOf(prometheus, { ...other, tenant_id: 'another' })).toEqual([]);
    expect(faultsOf(prometheus, { ...files, name: 'prom' })).toEqual(['/sources/1/name `prom` stands twice']);
  });

  it('is refused where it is not JSON, has no list, or cannot be read', () => {
    expect(() => parseKpiSources('{')).toThrow('is not JSON');
    expect(() => parseKpiSources('{}')).toThrow('/sources is a list');
    expect(() => readKpiSources('/nowhere/kpi-sources.json')).toThrow('cannot be read');
  });
});
