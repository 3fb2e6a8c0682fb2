import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { expect } from '@jest/globals';
import { systemTenant } from '@interlock/contracts';
import { until } from '@interlock/testing';
import { Webhook } from 'standardwebhooks';
import { webhookSecret, type ResponseWorld } from './response-world.js';

const tenant = 'watched';

type Notice = {
  readonly type: string;
  readonly data: {
    readonly alert_id: string;
    readonly episode: number;
    readonly name: string;
    readonly severity: string;
    readonly detail: string;
  };
};
type Hook = {
  readonly url: string;
  readonly notices: readonly Notice[];
  readonly stop: () => Promise<void>;
};

/** A receiver of signed webhooks; it keeps verified ones. */
const startHook = async (): Promise<Hook> => {
  const notices: Notice[] = [];
  const server = createServer((request, response) => {
    const chunks: Buffer[] = [];
    request.on('data', (chunk: Buffer) => chunks.push(chunk));
    request.on('end', () => {
      const headers = Object.fromEntries(
        Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
      );
      notices.push(new Webhook(webhookSecret).verify(Buffer.concat(chunks).toString(), headers) as Notice);
      response.writeHead(204).end();
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}/hook`,
    notices,
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
};

/** The state of a newly submitted action, and its reason. */
const submitted = async (world: ResponseWorld, intentId: string): Promise<object> => {
  const { body } = await world.call<{ readonly action_id: string }>(
    'safety-rails',
    'POST',
    '/api/v1/autonomous/actions',
    {
      tenant,
      body: {
        intent_id: intentId,
        tenant_id: tenant,
        account_id: 'ran',
        agent: 'optimizer',
        action_type: 'cell_failover',
        entity_id: 'cell-1',
        parameters: { power_raise_db: 3, cell_individual_offset: 3 },
        affected_entity_count: 1,
        confidence_score: 0.95,
        risk_level: 'LOW',
      },
    },
  );
  return until(async () => {
    const { http, body: action } = await world.call<{ readonly state: string }>(
      'safety-rails',
      'GET',
      `/api/v1/autonomous/actions/${body.action_id}`,
      { tenant },
    );
    return http === 200 && action.state !== 'PENDING' && action;
  }, 'the action has gone through its gates');
};

type Posture = {
  readonly effective: string;
  readonly inputs: { readonly integrity_score: number };
};
const level = (world: ResponseWorld, effective: string): Promise<Posture> =>
  until(async () => {
    const { body } = await world.call<Posture>('posture', 'GET', '/api/v1/posture', { tenant });
    return body.effective === effective && body;
  }, `the posture is ${effective}`);

const put = async (world: ResponseWorld, path: string, body: object): Promise<void> => {
  const answer = await world.call('alerting', 'PUT', `/api/v1/alerts/${path}`, { body });
  expect(answer).toMatchObject({ http: 200 });
};
const incidents = async (
  world: ResponseWorld,
  alertId: string,
): Promise<readonly { readonly id: string; readonly status: string; readonly severity: string }[]> => {
  const { body } = await world.call<{
    readonly items: readonly {
      readonly id: string;
      readonly status: string;
      readonly severity: string;
      readonly links: readonly { readonly id: string }[];
    }[];
  }>('alerting', 'GET', '/api/v1/incidents');
  return body.items.filter(({ links }) => links.some(({ id }) => id === alertId));
};

/**
 * The whole course of a fault: from a healthy system through a changed byte to a healthy system.
 */
export const tamperedAndRepaired = async (world: ResponseWorld): Promise<void> => {
  const hook = await startHook();
  try {
    await put(world, 'channels/ops', {
      kind: 'webhook',
      url: hook.url,
      secret_ref: 'env:CHANNEL__5FSYSTEM__OPS',
    });
    await put(world, 'routes', { routes: [{ name: 'all', channels: ['ops'] }] });
    for (const one of [systemTenant, tenant])
      await world.call('posture', 'PUT', '/api/v1/posture/config', { tenant: one, body: { dwell_s: 0 } });
    expect(
      await world.call('budget-ledger', 'PUT', '/api/v1/autonomy/config', {
        tenant,
        body: { mode: 'PROPOSE_ONLY', reason: 'a test', force: true },
      }),
    ).toMatchObject({ http: 200 });
    await level(world, 'GREEN');
    expect(await submitted(world, 'healthy')).toMatchObject({ state: 'PROPOSED' });

    const [victim] = await world.events('autonomy-_system:budget=posture');
    const before = await world.rewrite(
      victim!.position.commit,
      Buffer.from(JSON.stringify({ ...victim!.data, max_autonomous_per_day: 101 })),
    );
    expect(await world.apply('YELLOW')).toMatchObject({
      status: 'completed',
      results: [{ action: 'integrity_check', state: 'COMPLETED', passed: false }, {}],
    });
    expect(await level(world, 'RED')).toMatchObject({ inputs: { integrity_score: 0 } });
    expect(await submitted(world, 'tampered')).toMatchObject({
      state: 'DENIED',
      gates: expect.arrayContaining([expect.objectContaining({ gate: 'posture', verdict: 'fail' })]),
    });
    const fired = (name: string): Promise<Notice> =>
      until(
        () => hook.notices.find(({ type, data }) => type === 'alert.trigger' && data.name === name),
        name,
      );
    const ended = ({ data: { alert_id, episode } }: Notice): boolean =>
      hook.notices.some(
        ({ type, data }) =>
          type === 'alert.resolve' && data.alert_id === alert_id && data.episode === episode,
      );
    const tampered = await fired('log_tampered');
    expect(tampered.data).toMatchObject({
      severity: 'critical',
      detail: expect.stringContaining('is not what its leaf was made of'),
    });
    const red = await fired('posture_changed');
    expect(red.data).toMatchObject({ severity: 'high', detail: 'the posture went from GREEN to RED' });
    const { alert_id } = tampered.data;
    await until(async () => (await incidents(world, alert_id))[0]?.status === 'open', 'an incident is open');

    await world.rewrite(victim!.position.commit, before);
    expect(await world.apply('YELLOW')).toMatchObject({
      results: [{ action: 'integrity_check', state: 'COMPLETED', passed: true }, {}],
    });
    expect(await level(world, 'GREEN')).toMatchObject({ inputs: { integrity_score: 100 } });
    expect(await submitted(world, 'repaired')).toMatchObject({ state: 'PROPOSED' });
    await until(() => ended(red), 'that the posture was RED is over by itself');
    // The proof of repair may be forged too, so a person closes this alert, and its incident ends
    // with it.
    expect(ended(tampered)).toBe(false);
    expect(await incidents(world, alert_id)).toMatchObject([{ status: 'open', severity: 'critical' }]);
    expect(
      await world.call('alerting', 'POST', `/api/v1/alerts/${alert_id}/resolve`, {
        body: { note: 'the byte is back, and a full check has passed' },
      }),
    ).toMatchObject({ http: 200, body: { status: 'resolved' } });
    await until(() => ended(tampered), 'its end is told');
    await until(
      async () => (await incidents(world, alert_id))[0]?.status === 'resolved',
      'the incident is resolved',
    );
  } finally {
    await hook.stop();
  }
};
