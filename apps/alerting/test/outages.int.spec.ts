import { boundSecrets, type Receiver, startReceiver, takesAll } from '@interlock/testing';
import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Outages } from '../src/delivery/outages/outages.js';
import type { Reaches } from '../src/delivery/queue.js';
import { StateFiles } from '../src/delivery/outages/state-files.js';
import { testEgress } from './egress.ts';

type Notice = {
  readonly type: string;
  readonly data: { readonly dedup_key: string; readonly tenant_id: string };
};
const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
const second = (s: number): string =>
  new Date(Date.parse('2026-01-01T00:00:00.000Z') + s * 1000).toISOString();

let receiver: Receiver;
let directory: string;
let reaches: Reaches;

beforeAll(async () => {
  receiver = await startReceiver();
});
afterAll(() => receiver.stop());
beforeEach(() => {
  directory = mkdtempSync(join(tmpdir(), 'interlock-outages-'));
  receiver.received.length = 0;
  receiver.behave = takesAll;
  reaches = {
    demo: {
      routes: null,
      channels: { ops: { kind: 'webhook', url: `${receiver.url}/ops`, secret_ref: 'env:CHANNEL_DEMO__S' } },
    },
  };
});
afterEach(() => rmSync(directory, { recursive: true, force: true }));

const outages = (files = new StateFiles(directory)): Outages =>
  new Outages({
    files,
    egress: testEgress(
      boundSecrets({ CHANNEL_DEMO__S: secret, CHANNEL__5FSYSTEM__S: secret }, ['127.0.0.1']),
    ),
    logger: { warn: () => undefined },
    outageMs: 30_000,
    retry: { first_ms: 1000, most_ms: 60_000, give_up_ms: 3_600_000 },
  });
const notices = (): readonly Notice[] => receiver.received.map(({ body }) => JSON.parse(body) as Notice);

describe('an outage of the log or the database', () => {
  it('is reported once if it lasts long enough, no earlier, and so is its end', async () => {
    new StateFiles(directory).keepReaches(reaches);
    const watch = outages();
    for (const s of [0, 10, 29.999]) await watch.observe('log_unavailable', true, second(s));
    expect(notices()).toEqual([]);
    for (const s of [30, 40, 600]) await watch.observe('log_unavailable', true, second(s));
    expect(notices().map(({ type }) => type)).toEqual(['alert.trigger']);
    for (const s of [601, 602]) await watch.observe('log_unavailable', false, second(s));
    expect(notices().map(({ type }) => type)).toEqual(['alert.trigger', 'alert.resolve']);
    expect(notices()[0]).toMatchObject({
      data: { name: 'log_unavailable', severity: 'critical', tenant_id: 'demo' },
    });
  });

  it('that ends in time is not reported', async () => {
    new StateFiles(directory).keepReaches(reaches);
    const watch = outages();
    await watch.observe('database_unavailable', true, second(0));
    await watch.observe('database_unavailable', false, second(29));
    await watch.observe('database_unavailable', true, second(31));
    await watch.observe('database_unavailable', true, second(60));
    expect(notices()).toEqual([]);
  });

  it('is not reported again by a restarted process, which reports its end', async () => {
    new StateFiles(directory).keepReaches(reaches);
    await outages().observe('log_unavailable', true, second(0));
    await outages().observe('log_unavailable', true, second(30));
    await outages().observe('log_unavailable', true, second(60));
    await outages().observe('log_unavailable', false, second(90));
    await outages().observe('log_unavailable', false, second(91));
    expect(notices().map(({ type }) => type)).toEqual(['alert.trigger', 'alert.resolve']);
    expect(new Set(notices().map(({ data }) => data.dedup_key.split(':').slice(0, 2).join(':'))).size).toBe(
      1,
    );
  });

  it('is retried with pauses until the channel accepts it', async () => {
    new StateFiles(directory).keepReaches(reaches);
    const watch = outages();
    receiver.behave = (response) => response.writeHead(503, { 'retry-after': '10' }).end();
    await watch.observe('log_unavailable', true, second(0));
    for (const s of [30, 31, 39.9]) await watch.observe('log_unavailable', true, second(s));
    expect(notices()).toHaveLength(1);
    receiver.behave = takesAll;
    for (const s of [40, 41, 50]) await watch.observe('log_unavailable', true, second(s));
    expect(notices()).toHaveLength(2);
  });

  it('is reported as over even if a process died while it reported the outage', async () => {
    new StateFiles(directory).keepReaches(reaches);
    new StateFiles(directory).keepOutages({
      log_unavailable: { since: second(0), told: [], telling: ['demo/ops'] },
    });
    await outages().observe('log_unavailable', false, second(40));
    await outages().observe('log_unavailable', false, second(41));
    expect(notices().map(({ type }) => type)).toEqual(['alert.resolve']);
  });

  it("is reported on the system's own channels if it has any, and otherwise on those of all tenants", async () => {
    new StateFiles(directory).keepReaches({
      ...reaches,
      _system: {
        routes: null,
        channels: {
          duty: { kind: 'webhook', url: `${receiver.url}/duty`, secret_ref: 'env:CHANNEL__5FSYSTEM__S' },
        },
      },
    });
    await outages().observe('log_unavailable', true, second(0));
    await outages().observe('log_unavailable', true, second(30));
    expect(receiver.received.map(({ path }) => path)).toEqual(['/duty']);
  });

  it('is kept in a file that only its owner can read and that holds no secret', () => {
    const files = new StateFiles(join(directory, 'made'));
    files.keepReaches(reaches);
    files.keepOutages({ log_unavailable: { since: second(0), told: ['demo/ops'] } });
    for (const name of ['routes.json', 'outages.json'])
      expect(statSync(join(directory, 'made', name)).mode & 0o777).toBe(0o600);
    const text = readFileSync(join(directory, 'made', 'routes.json'), 'utf8');
    expect(text).toContain('env:CHANNEL_DEMO__S');
    expect(text).not.toContain(secret);
    expect(new StateFiles(join(directory, 'made')).reaches).toEqual(reaches);
    expect(new StateFiles(join(directory, 'nowhere')).reaches).toEqual({});
  });
});
