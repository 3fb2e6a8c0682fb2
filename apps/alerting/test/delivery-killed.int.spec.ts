import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect, testMetadata, uuidV5 } from '@interlock/kernel';
import {
  bareEnvironment,
  boundSecrets,
  buildApps,
  type Parts,
  type Receiver,
  startParts,
  startReceiver,
  takesAll,
  until,
} from '@interlock/testing';

const program = fileURLToPath(new URL('../../interlock/dist/service.js', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'interlock-delivery-killed-'));
const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
let parts: Parts;
let ops: Receiver;
let serial = 0;

const append = async (stream: string, type: string, data: object): Promise<void> => {
  serial += 1;
  const metadata = { ...testMetadata(), occurred_at: new Date().toISOString() };
  await parts.log.store.append(stream, [{ id: uuidV5('killed', `${serial}`), type, data, metadata }], 'any');
};
const fire = async (alertId: string): Promise<void> => {
  await append(`alert-demo:${alertId}`, 'AlertFired', {
    alert_id: alertId,
    name: 'kill_switch',
    fingerprint: alertId,
    severity: 'critical',
    detail: 'the kill switch is engaged',
    cause: { event_id: alertId, type: 'KillSwitchEngaged', stream: 'kill_switch-demo:tenant' },
  });
};
const recorded = (alertId: string): Promise<readonly unknown[]> =>
  collect(parts.log.store.read(`delivery-demo:${alertId}`));

/** Alerting as a separate process. */
const live = (
  over: NodeJS.ProcessEnv = {},
): { readonly child: ChildProcess; readonly ended: Promise<unknown> } => {
  const child = spawn(process.execPath, ['--no-warnings', program, 'alerting'], {
    // A process that cannot start prints errors, which this case expects.
    stdio: ['ignore', 'ignore', Object.keys(over).length === 0 ? 'inherit' : 'ignore'],
    env: {
      ...bareEnvironment,
      LOG_LEVEL: 'fatal',
      EVENT_STORE_URL: parts.log.url,
      NATS_URL: parts.nats.url,
      DATABASE_URL: parts.postgres.connectionString,
      INTERLOCK_AUTH: JSON.stringify(parts.issuer.auth),
      PEOPLE_KEY_FILE: join(home, 'people-key'),
      INTERLOCK_MIGRATE: 'true',
      ALERTING_POLL_MS: '50',
      ALERTING_CLAIM_MS: '1000',
      ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
      ...boundSecrets({ CHANNEL_DEMO__OPS: secret }, ['127.0.0.1']),
      ALERTING_STATE_DIR: join(home, 'state'),
      ALERTING_OUTAGE_S: '1',
      ...over,
    },
  });
  return { child, ended: once(child, 'exit') };
};

beforeAll(async () => {
  writeFileSync(join(home, 'people-key'), `${'ab'.repeat(32)}\n`, { mode: 0o600 });
  [parts, ops] = await Promise.all([
    startParts(),
    startReceiver(),
    buildApps('apps/interlock', 'apps/alerting'),
  ]);
  const settings = { kind: 'webhook', url: ops.url, secret_ref: 'env:CHANNEL_DEMO__OPS' };
  await append('channel-demo:ops', 'ChannelConfigured', { channel_id: 'ops', settings });
});
afterAll(async () => {
  await ops.stop();
  await parts.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('alerting that is killed with kill -9', () => {
  it('while it sends, after the answer, and as it records, delivers the notices in progress under the same key, and records each once', async () => {
    const alerts: string[] = [];
    const killedWhen: readonly ((kill: () => void, alertId: string) => Promise<unknown>)[] = [
      // The receiver has the notice and has not answered.
      (kill) => {
        ops.behave = () => kill();
        return Promise.resolve();
      },
      // It has answered; the outcome may be recorded or not.
      (kill) => {
        ops.behave = (response) => {
          response.writeHead(200).end(() => kill());
        };
        return Promise.resolve();
      },
      // It is recorded; the queue may show it or not.
      async (kill, alertId) => {
        ops.behave = takesAll;
        await until(async () => (await recorded(alertId)).length > 0, 'it is recorded');
        kill();
      },
    ];
    for (const [life, killing] of killedWhen.entries()) {
      const alertId = uuidV5('killed-alert', `${life}`);
      alerts.push(alertId);
      // The notices that the previous life left open are accepted at once. Only this life's notice
      // leads to a kill.
      ops.behave = takesAll;
      const { child, ended } = live();
      await fire(alertId);
      await killing(() => child.kill('SIGKILL'), alertId);
      await ended;
      expect(child.signalCode).toBe('SIGKILL');
    }
    ops.behave = takesAll;
    const last = live();
    for (const alertId of alerts)
      await until(async () => (await recorded(alertId)).length > 0, `${alertId} is recorded`);
    await fire(uuidV5('killed-alert', 'last'));
    await until(
      () => ops.received.some(({ body }) => body.includes(uuidV5('killed-alert', 'last'))),
      'it goes on',
    );
    last.child.kill('SIGTERM');
    await last.ended;
    const sent = alerts.map((alertId) => ops.received.filter(({ body }) => body.includes(alertId)));
    // The first was in progress at the kill, so it was sent at least twice. Each kill duplicates at
    // most one notice.
    expect(sent[0]?.length).toBeGreaterThanOrEqual(2);
    expect(ops.received.length).toBeLessThanOrEqual(alerts.length + 1 + killedWhen.length);
    for (const of of sent) expect(new Set(of.map(({ headers }) => headers['webhook-id'])).size).toBe(1);
    expect(await Promise.all(alerts.map(async (id) => (await recorded(id)).length))).toEqual([1, 1, 1]);
  });
});

describe('alerting that is started while the log or the database is away', () => {
  const isDelivered = (name: string, type: string): boolean =>
    ops.received.some(({ body }) => {
      const one = JSON.parse(body) as { readonly type: string; readonly data: { readonly name: string } };
      return one.type === type && one.data.name === name;
    });

  it.each([
    // Port 1 is privileged and unused, so every connection to it is refused.
    ['log_unavailable', 'EVENT_STORE_URL', 'esdb://127.0.0.1:1?tls=true'],
    ['database_unavailable', 'DATABASE_URL', 'postgresql://postgres@127.0.0.1:1/none'],
  ])(
    'notifies people of it (%s) with the files on disk, and of the end once it runs',
    async (name, variable, away) => {
      ops.behave = takesAll;
      // Restarts a process that cannot start, as a supervisor does.
      for (let starts = 0; !isDelivered(name, 'alert.trigger'); starts += 1) {
        if (starts > 50) throw new Error('nobody was told');
        const { child, ended } = live({ [variable]: away });
        await Promise.race([ended, until(() => isDelivered(name, 'alert.trigger'), 'people are told')]);
        child.kill('SIGKILL');
        await ended;
      }
      const { child, ended } = live();
      await until(() => isDelivered(name, 'alert.resolve'), 'its end is told');
      child.kill('SIGTERM');
      await ended;
      expect(
        new Set(
          ops.received
            .filter(({ body }) => body.includes(`"${name}"`) && body.includes('alert.trigger'))
            .map(({ headers }) => headers['webhook-id']),
        ).size,
      ).toBe(1);
    },
  );
});
