import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { throughChange } from '@interlock/contracts';
import { collect } from '@interlock/kernel';
import { boundSecrets, type Receiver, startReceiver, until } from '@interlock/testing';
import { startOpsgenie, startPagerDuty, type Provider } from './provider.ts';
import { World } from './world.ts';

type Body = { readonly [member: string]: unknown };
type Card = { readonly url?: string };

let world: World;
let slack: Receiver;
let teams: Receiver;
let ann: Receiver;
let ben: Receiver;
let pagerduty: Provider;
let opsgenie: Provider;

const state = mkdtempSync(join(tmpdir(), 'interlock-told-'));
const base = 'https://console.example.org';
const tenants = ['LINKS', 'ALL', 'ROTA', 'AWAY'];

beforeAll(async () => {
  [slack, teams, ann, ben, pagerduty, opsgenie] = await Promise.all([
    startReceiver(),
    startReceiver(),
    startReceiver(),
    startReceiver(),
    startPagerDuty('pd-token'),
    startOpsgenie('og-key'),
  ]);
  const secrets = Object.fromEntries(
    tenants.flatMap((tenant) => [
      [`CHANNEL_${tenant}__SLACK`, `${slack.url}/hook`],
      [`CHANNEL_${tenant}__TEAMS`, `${teams.url}/hook`],
      [`CHANNEL_${tenant}__ANN`, `${ann.url}/ann`],
      [`CHANNEL_${tenant}__BEN`, `${ben.url}/ben`],
      [`CHANNEL_${tenant}__PD`, 'pd-token'],
      [`CHANNEL_${tenant}__OG`, 'og-key'],
    ]),
  );
  world = new World({
    ALERTING_POLL_MS: '50',
    ALERTING_RETRY_FIRST_MS: '20',
    ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
    ALERTING_ONCALL_READ_S: '1',
    ALERTING_ONCALL_STALE_S: '0',
    ALERTING_STATE_DIR: state,
    INTERLOCK_PUBLIC_URL: base,
    ...boundSecrets(secrets, ['127.0.0.1']),
  });
  await world.start();
});
afterAll(async () => {
  await world.stop();
  await Promise.all([slack, teams, ann, ben, pagerduty.receiver, opsgenie.receiver].map((one) => one.stop()));
  rmSync(state, { recursive: true, force: true });
});

const append = (stream: string, type: string, data: object): Promise<void> =>
  world.append(stream, type, data);
const call = async (
  method: string,
  path: string,
  body: object | undefined,
  headers: { readonly [name: string]: string },
): Promise<{ status: number; body: Body }> => {
  const response = await fetch(`${world.url}/api/v1/alerts${path}`, {
    method,
    headers: { ...headers, 'content-type': 'application/json' },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  return { status: response.status, body: (await response.json()) as Body };
};
const scopes = ['ALERT_READ', 'ALERT_WRITE'] as const;
const ask = async (
  tenant: string,
  method: string,
  path: string,
  body?: object,
  subject?: string,
): Promise<{ status: number; body: Body }> =>
  call(
    method,
    path,
    body,
    await world.parts.issuer.person([...scopes], {
      tenant,
      ...(subject === undefined ? {} : { sub: subject }),
    }),
  );
/** Writes as two people: what loosens is approved by the second. */
const as = (...asked: Parameters<typeof ask>): ReturnType<typeof ask> =>
  throughChange(
    () => ask(...asked),
    (change) => world.changes.approve(asked[0], change),
  );
const eventsOf = async (prefix: string): Promise<readonly { type: string; data: Body }[]> =>
  (await collect(world.parts.log.store.readAll({}))).filter(({ stream }) =>
    stream.startsWith(prefix),
  ) as unknown as readonly { type: string; data: Body }[];
const channel = async (tenant: string, id: string, kind = 'slack'): Promise<void> => {
  const url_ref = `env:CHANNEL_${tenant.toUpperCase()}__${id.toUpperCase()}`;
  expect(await as(tenant, 'PUT', `/channels/${id}`, { kind, url_ref })).toMatchObject({ status: 200 });
};
/** The messages with a text outside of their links, whose signatures may have any letters. */
const messages = (of: Receiver, text: string): readonly string[] =>
  of.received
    .map(({ body }) => body)
    .filter((body) => body.replaceAll(/https?:\/\/[^"|>\s]+/g, '').includes(text));
/** The address of the button in a Slack message or a card of Teams. */
const buttonIn = (body: string): string => {
  const urls: string[] = [];
  JSON.parse(body, (_, value: unknown) => {
    const { url } = (typeof value === 'object' && value !== null ? value : {}) as Card;
    if (typeof url === 'string') urls.push(url);
    return value;
  });
  return urls[0] ?? '';
};

describe('a decision that waits for people', () => {
  it('is told with a one-time link, which opens the page of its digest once, for a person who is signed in', async () => {
    await channel('links', 'slack');
    await channel('links', 'teams', 'teams');
    await append('change-links:c-1', 'ChangeRequested', {
      setting: 'autonomy-links:config',
      digest: 'abc123',
      requester: 'service:ci',
      expires_at: new Date(Date.now() + 86_400_000).toISOString(),
    });
    const [message] = await until(() => {
      const found = messages(slack, 'c-1');
      return found.length > 0 && found;
    }, 'Slack has the message');
    const [card] = await until(() => {
      const found = messages(teams, 'c-1');
      return found.length > 0 && found;
    }, 'Teams has the card');
    const link = new URL(buttonIn(message!));
    expect(link.origin + link.pathname + link.search).toBe(`${base}/go?tenant=links`);
    const token = link.hash.slice(1);
    expect(buttonIn(card!)).toContain(`${base}/go?tenant=links#`);
    expect(buttonIn(card!)).not.toBe(link.href);

    const open = (sent: string, subject: string): Promise<{ status: number; body: Body }> =>
      as('links', 'POST', '/links/open', { token: sent }, subject);
    expect(await call('POST', '/links/open', { token }, {})).toMatchObject({ status: 401 });
    const service = await world.parts.issuer.service([...scopes], { tenant: 'links' });
    expect(await call('POST', '/links/open', { token }, service)).toMatchObject({ status: 403 });

    expect(await open(token, 'ben')).toMatchObject({
      status: 200,
      body: { page: '/approvals?change=c-1&digest=abc123' },
    });
    expect(await open(token, 'ann')).toMatchObject({
      status: 410,
      body: { code: 'link-refused', reason: 'used' },
    });
    const [body = '', signature = ''] = token.split('.');
    const forged = `${Buffer.from(Buffer.from(body, 'base64url').toString().replace('c-1', 'c-2')).toString('base64url')}.${signature}`;
    expect(await open(forged, 'eve')).toMatchObject({ status: 410, body: { reason: 'forged' } });
    expect(await as('all', 'POST', '/links/open', { token }, 'ann')).toMatchObject({
      status: 410,
      body: { reason: 'forged' },
    });
    const noted = (await eventsOf('link-links:')).map(({ type, data }) => [type, data['reason'] ?? null]);
    expect(noted).toEqual([
      ['LinkOpened', null],
      ['LinkRefused', 'used'],
      ['LinkRefused', 'forged'],
    ]);

    await append('change-links:c-1', 'ChangeApproved', { by: 'person:x', digest: 'abc123', people: [] });
    await until(
      async () =>
        (await eventsOf('alert-links:')).some(
          ({ type, data }) => type === 'AlertResolved' && String(data['detail']).includes('c-1'),
        ),
      'the alert ends with the decision',
    );
  });
});

describe('a critical alert', () => {
  it('goes to every channel that reaches people, whatever the routes', async () => {
    await channel('all', 'slack');
    await channel('all', 'ann');
    const only = { routes: [{ name: 'only', channels: ['slack'] }] };
    expect(await ask('all', 'PUT', '/routes', only)).toMatchObject({
      status: 202,
      body: { loosened: expect.arrayContaining([{ pointer: '/routes/critical', detail: 'is removed' }]) },
    });
    expect(await as('all', 'PUT', '/routes', only)).toMatchObject({
      status: 200,
      body: { critical_to: 'everyone' },
    });
    await append('kill_switch-all:tenant', 'KillSwitchEngaged', { scope: 'tenant' });
    await until(
      () => messages(slack, '(all)').length > 0 && messages(ann, '(all)').length > 0,
      'both are told',
    );
    expect(await as('all', 'GET', '/reach')).toMatchObject({ body: { reached: true, findings: [] } });
    expect(await as('nobody', 'GET', '/reach')).toMatchObject({
      body: { reached: false, findings: [{ code: 'no-channel' }] },
    });
  });
});

describe('a rota', () => {
  const members = [
    { name: 'ann', channels: ['ann'], external_id: 'P1' },
    { name: 'ben', channels: ['ben'], external_id: 'ben@example.org' },
  ];
  const weekly = { time_zone: 'Europe/London', starts_on: '2026-01-05', handover: '09:00', members };

  it('leads to who is on call, escalates to the next rota, and gives way to an override', async () => {
    await channel('rota', 'ann');
    await channel('rota', 'ben');
    const set = (id: string, one: string): Promise<{ status: number }> =>
      as('rota', 'PUT', `/rotas/${id}`, { ...weekly, members: members.filter(({ name }) => name === one) });
    expect(await set('primary', 'ann')).toMatchObject({ status: 200 });
    expect(await set('secondary', 'ben')).toMatchObject({ status: 200 });
    expect(
      await as('rota', 'PUT', '/rotas/primary', { ...weekly, time_zone: 'Mars', members: [] }),
    ).toMatchObject({
      status: 422,
      body: { violations: [{ pointer: '/time_zone' }, { pointer: '/members' }] },
    });
    const plain = { alerts: null, severities: null, quiet_hours: null, escalation: null };
    const duty = { ...plain, name: 'duty', channels: ['@primary'] };
    // The API takes no escalation this soon, and the test does not wait half a minute.
    await append('route-rota:routes', 'AlertRoutesChanged', {
      routes: [
        { ...duty, escalation: { after_s: 1, route: 'backup' } },
        { ...plain, name: 'backup', alerts: [], channels: ['@secondary'] },
      ],
    });
    expect(await as('rota', 'GET', '/rotas/primary')).toMatchObject({
      body: { on_call: ['ann'], unknown: null },
    });
    await append('change-rota:r-1', 'ChangeRequested', { setting: 's' });
    await until(() => messages(ann, 'r-1').length > 0, 'the person on call is told');
    await until(() => messages(ben, 'r-1').length > 0, 'the next rota is told');
    expect(await eventsOf('delivery-rota:')).toContainEqual(
      expect.objectContaining({
        type: 'NotificationEscalated',
        data: expect.objectContaining({ from_route: 'duty', to_route: 'backup' }),
      }),
    );
    await append('route-rota:routes', 'AlertRoutesChanged', { routes: [duty] });

    await as('rota', 'PUT', '/rotas/primary', weekly);
    const [from, until_] = [Date.now() - 1000, Date.now() + 3_600_000].map((ms) =>
      new Date(ms).toISOString(),
    );
    const made = await as('rota', 'POST', '/rotas/primary/overrides', { member: 'ben', from, until: until_ });
    expect(made).toMatchObject({ status: 201, body: { override_id: expect.any(String) } });
    expect(await as('rota', 'GET', '/rotas/primary')).toMatchObject({ body: { on_call: ['ben'] } });
    await append('change-rota:r-2', 'ChangeRequested', { setting: 's' });
    await until(() => messages(ben, 'r-2').length > 0, 'the one who took over is told');
    expect(messages(ann, 'r-2')).toEqual([]);
    const lifted = `/rotas/primary/overrides/${String(made.body['override_id'])}`;
    expect(await as('rota', 'DELETE', lifted)).toMatchObject({ status: 200 });
  });

  it('of PagerDuty or Opsgenie leads to whom it names, and to everyone, loudly, while it cannot be read', async () => {
    pagerduty.onCall['S1'] = ['P1'];
    await channel('away', 'ann');
    await channel('away', 'ben');
    const source = {
      kind: 'pagerduty',
      schedule_id: 'S1',
      api_url: pagerduty.receiver.url,
      token_ref: 'env:CHANNEL_AWAY__PD',
    };
    expect(await as('away', 'PUT', '/rotas/remote', { ...weekly, source })).toMatchObject({ status: 200 });
    await as('away', 'PUT', '/routes', { routes: [{ name: 'duty', channels: ['@remote'] }] });
    const onCall = (names: readonly string[]): Promise<unknown> =>
      until(async () => {
        const { body } = await as('away', 'GET', '/rotas/remote');
        return JSON.stringify(body['on_call']) === JSON.stringify(names);
      }, `on call: ${names.join()}`);
    await onCall(['ann']);
    await append('change-away:x-1', 'ChangeRequested', { setting: 's' });
    await until(() => messages(ann, 'x-1').length > 0, 'the person on call is told');
    expect(messages(ben, 'x-1')).toEqual([]);

    pagerduty.fails = 500;
    await onCall([]);
    await until(() => messages(ben, 'oncall_unreadable').length > 0, 'it is told to everyone');
    await append('change-away:x-2', 'ChangeRequested', { setting: 's' });
    await until(() => messages(ann, 'x-2').length > 0 && messages(ben, 'x-2').length > 0, 'everyone is told');
    expect(await as('away', 'GET', '/reach')).toMatchObject({
      body: { reached: true, findings: [{ code: 'nobody-on-call', rota_id: 'remote' }] },
    });

    pagerduty.fails = null;
    pagerduty.onCall['S1'] = ['P9'];
    const asked = pagerduty.receiver.received.length;
    await until(() => pagerduty.receiver.received.length >= asked + 2, 'it is asked again');
    expect(await as('away', 'GET', '/rotas/remote')).toMatchObject({ body: { on_call: [] } });
    opsgenie.onCall['O1'] = ['ben@example.org'];
    const other = {
      ...source,
      kind: 'opsgenie',
      schedule_id: 'O1',
      api_url: opsgenie.receiver.url,
      token_ref: 'env:CHANNEL_AWAY__OG',
    };
    expect(await as('away', 'PUT', '/rotas/remote', { ...weekly, source: other })).toMatchObject({
      status: 200,
    });
    await onCall(['ben']);
  });
});
