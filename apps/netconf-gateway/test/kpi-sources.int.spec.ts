import { X509Certificate } from 'node:crypto';
import { mkdtempSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Observation } from '@interlock/contracts';
import { certificateFingerprint } from '@interlock/netconf';
import { nowText } from '@interlock/platform';
import { newTlsIdentity, suiteWhere, until, type TlsIdentity } from '@interlock/testing';
import type { WebSocket } from 'ws';
import type { GatewayConfig } from '../src/config.js';
import type { Gateway } from '../src/gateway.js';
import { GnmiStreamTarget } from './gnmi-stream-target.js';
import { measurementFile } from './measurement-file.js';
import { missingForPrometheus, startPrometheus, type TestPrometheus } from './prometheus.js';
import { unitsOf } from './stream-bytes.js';
import { streamInfo, StreamProducer } from './stream-producer.js';
import { clockPasses, useWorld } from './use-world.js';

const { world, site } = useWorld('k', 13);

/** Applies a failover with one source; `soaks` is called once the change is tentative. */
const observed = async (
  cell: string,
  source: object,
  soaks: () => Promise<void> | void,
  {
    config = {},
    ready = () => Promise.resolve(),
  }: {
    readonly config?: Partial<GatewayConfig>;
    /** Called before the change, when the gateway has started. */
    readonly ready?: (gateway: Gateway) => Promise<void>;
  } = {},
): Promise<Observation> => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-kpi-'));
  const file = join(folder, 'sources.json');
  writeFileSync(file, JSON.stringify({ sources: [{ name: 'other', tenant_id: 'demo', ...source }] }));
  try {
    const gateway = await world.gateway({ config: { ...config, KPI_SOURCES_FILE: file } });
    await ready(gateway);
    await world.register(gateway);
    const action = await world.started(gateway, cell, { soak_s: 4, confirm_timeout_s: 60 });
    await world.apply(gateway, action);
    await world.reaches(gateway, action, 'TENTATIVE');
    await soaks();
    return (await world.reaches(gateway, action, 'OBSERVED')).observation!;
  } finally {
    rmSync(folder, { recursive: true });
  }
};
const codes = ({ breaches }: Observation): readonly unknown[] =>
  breaches.map(({ code, ...more }) => [code, (more as { readonly kpi?: string }).kpi]);

describe('a change with KPIs from a gNMI subscription that stays open', () => {
  let target: GnmiStreamTarget;
  let address: string;
  beforeEach(async () => {
    target = new GnmiStreamTarget();
    address = await target.start();
  });
  afterEach(() => target.stop());
  const says = (cell: string, latency: number): void => {
    for (const n of [1, 2, 3]) target.set(`${cell.slice(0, -2)}-${n}`, 'latency', latency);
  };
  /** Applies a failover with a latency of 30 ms before it. Only `soaks` sends further values. */
  const changed = (cell: string, soaks: () => void): Promise<Observation> => {
    says(cell, 30);
    const kpis = [{ kpi: 'latency_ms', path: '/cells/cell[id=$cell]/state/latency', window_s: 0 }];
    const source = { kind: 'gnmi', address, plain: true, mode: 'sample', interval_s: 60, max_age_s: 600 };
    return observed(cell, { ...source, kpis }, soaks);
  };

  it('is observed with them', async () => {
    const { cell } = site();
    const observation = await changed(cell, () => says(cell, 33));
    expect(observation.before['latency_ms']).toBe(30);
    expect(observation.after['latency_ms']).toBe(33);
    expect(observation.breaches).toEqual([]);
  });

  it('is in breach where they worsen, and where the target ends', async () => {
    const { cell } = site();
    const worse = await changed(cell, () => says(cell, 300));
    expect(codes(worse)).toContainEqual(['latency', 'latency_ms']);
    const ended = await changed(site().cell, () => target.stop());
    expect(codes(ended)).toContainEqual(['kpi-missing', 'latency_ms']);
  });

  it('is in breach where the values stay as they were before it', async () => {
    const observation = await changed(site().cell, () => undefined);
    expect(codes(observation)).toContainEqual(['kpi-missing', 'latency_ms']);
  });
});

describe('a change with KPIs from performance data streams', () => {
  const folder = mkdtempSync(join(tmpdir(), 'interlock-streams-'));
  const [certFile, keyFile] = ['cert.pem', 'key.pem'].map((name) => join(folder, name)) as [string, string];
  let own: TlsIdentity;
  let ems: TlsIdentity;
  beforeAll(async () => {
    [own, ems] = await Promise.all([newTlsIdentity('gateway'), newTlsIdentity('ems')]);
    writeFileSync(certFile, own.certificate);
    writeFileSync(keyFile, own.key);
  });
  afterAll(() => rmSync(folder, { recursive: true }));
  const producer = 'ManagedElement=1';
  /**
   * Applies a failover with a latency of 30 ms before it. `soaks` gets what sends further values.
   */
  const changed = async (
    soaks: (socket: WebSocket, says: (latency: number) => void) => Promise<void> | void,
  ): Promise<Observation> => {
    const { cell } = site();
    const made: StreamProducer[] = [];
    const cells = [1, 2, 3].map((n) => `${cell.slice(0, -2)}-${n}`);
    const streams = cells.map((name, n) => streamInfo(`${n}`, `${producer},NRCellDU=${name}`, 'DRB.Delay'));
    let socket: WebSocket;
    const says = (latency: number): void => {
      const at = Date.now();
      socket.send(unitsOf(...cells.map((_, stream) => ({ stream, at, standard: [{ integer: latency }] }))));
    };
    try {
      return await observed(
        cell,
        {
          kind: 'measurement-streams',
          producer,
          key_fingerprint: certificateFingerprint(new X509Certificate(ems.certificate)),
          kpis: [{ kpi: 'latency_ms', counter: 'DRB.Delay', window_s: 1 }],
        },
        () => soaks(socket, says),
        {
          config: { KPI_STREAMS_PORT: 0, KPI_STREAMS_CERT_FILE: certFile, KPI_STREAMS_KEY_FILE: keyFile },
          ready: async (gateway) => {
            const sender = new StreamProducer(gateway.kpis.port!, {
              cert: ems.certificate,
              key: ems.key,
              ca: own.ca,
            });
            made.push(sender);
            socket = await sender.connect(producer, ...streams);
            says(30);
            await until(async () => {
              await gateway.kpis.check(nowText());
              return gateway.kpis.outcomes().get('other') === 'ok';
            }, 'the values of the producer have arrived');
          },
        },
      );
    } finally {
      for (const sender of made) sender.stop();
    }
  };

  it('is observed with the periods that began after it', async () => {
    const observation = await changed(async (_, says) => {
      await clockPasses(1100);
      says(33);
    });
    expect(observation.before['latency_ms']).toBe(30);
    expect(observation.after['latency_ms']).toBe(33);
    expect(observation.breaches).toEqual([]);
  });

  it('is in breach where they worsen, and where the producer breaks off', async () => {
    const worse = await changed(async (_, says) => {
      await clockPasses(1100);
      says(300);
    });
    expect(codes(worse)).toContainEqual(['latency', 'latency_ms']);
    const ended = await changed((socket) => socket.terminate());
    expect(codes(ended)).toContainEqual(['kpi-missing', 'latency_ms']);
  });
});

suiteWhere(describe, 'a change with KPIs from Prometheus', missingForPrometheus, () => {
  let prometheus: TestPrometheus;
  beforeAll(async () => {
    prometheus = await startPrometheus();
  });
  afterAll(async () => {
    await prometheus.stop();
  });
  const source = () => ({
    kind: 'prometheus',
    url: prometheus.url,
    max_age_s: 2,
    kpis: [{ kpi: 'latency_ms', query: 'cell_latency_ms{cell=~"$cells"}' }],
  });
  const says = async (cell: string, latency: number): Promise<void> => {
    const name = cell.slice(0, -2);
    prometheus.says([1, 2, 3].map((n) => `cell_latency_ms{cell="${name}-${n}"} ${latency}\n`).join(''));
    await prometheus.has(`cell_latency_ms{cell="${cell}"}`, `${latency}`);
  };

  it('is observed with them in the place of the device’s own', async () => {
    const { cell } = site();
    await says(cell, 31);
    const observation = await observed(cell, source(), () => says(cell, 33));
    expect(observation.before['latency_ms']).toBe(31);
    expect(observation.after['latency_ms']).toBe(33);
    expect(observation.breaches).toEqual([]);
  });

  it('is in breach where they worsen, whatever the device says', async () => {
    const { cell } = site();
    await says(cell, 10);
    const observation = await observed(cell, source(), () => says(cell, 200));
    expect(codes(observation)).toContainEqual(['latency', 'latency_ms']);
  });

  it('is in breach where the measurements end with the change', async () => {
    const { cell } = site();
    await says(cell, 10);
    const observation = await observed(cell, source(), () => prometheus.says(null));
    expect(codes(observation)).toContainEqual(['kpi-missing', 'latency_ms']);
    expect(observation.after).not.toHaveProperty('latency_ms');
    expect(observation.after).toHaveProperty('users');
  });

  it('is in breach where nothing answers', async () => {
    const { cell } = site();
    const observation = await observed(cell, { ...source(), url: 'http://127.0.0.1:1' }, () => undefined);
    expect(codes(observation)).toContainEqual(['kpi-missing', 'latency_ms']);
  });
});

describe('a change with KPIs from performance files', () => {
  const pm = mkdtempSync(join(tmpdir(), 'interlock-pm-'));
  afterAll(() => rmSync(pm, { recursive: true }));
  const source = {
    kind: 'measurement-files',
    folder: pm,
    max_age_s: 60,
    kpis: [{ kpi: 'drop_rate_pct', counter: 'DRB.RelAbnormal', per: 'DRB.Rel', scale: 100 }],
  };
  const put = (cell: string, abnormal: number, end: Date): void => {
    const name = cell.slice(0, -2);
    const cells = Object.fromEntries([1, 2, 3].map((n) => [`${name}-${n}`, `5 1000 ${abnormal}`]));
    const file = join(pm, `A${end.getTime()}.xml`);
    writeFileSync(`${file}.part`, measurementFile(cells, { end }));
    renameSync(`${file}.part`, file);
  };

  it('counts the periods that began after the change', async () => {
    const { cell } = site();
    put(cell, 5, new Date());
    const observation = await observed(cell, source, async () => {
      await clockPasses(1100);
      put(cell, 9, new Date());
    });
    expect(observation.before['drop_rate_pct']).toBe(0.5);
    expect(observation.after['drop_rate_pct']).toBe(0.9);
    expect(observation.breaches).toEqual([]);
  });

  it('is in breach where no period began after the change', async () => {
    const { cell } = site();
    put(cell, 5, new Date());
    const observation = await observed(cell, source, () => put(cell, 5, new Date()));
    expect(codes(observation)).toContainEqual(['kpi-missing', 'drop_rate_pct']);
  });
});
