import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { markdownOf } from '@interlock/notify';
import { boundSecrets, signatureOf, startReceiver, until, type Receiver } from '@interlock/testing';
import { Webhook } from 'standardwebhooks';
import { Issues } from './issues.ts';
import { report, secret } from './sent.ts';
import { World } from './world.ts';

type Body = { readonly [member: string]: unknown };
type Listed = {
  readonly channel_id: string;
  readonly what: string;
  readonly name: string;
  readonly severity: string;
  readonly state: string;
  readonly attempts: number;
};

let world: World;
let receiver: Receiver;
const issues = new Issues();
/** How often the webhook still refuses. */
let refusals = 0;

const call = async (
  method: string,
  path: string,
  body?: object,
  tenant = 'demo',
): Promise<{ readonly status: number; readonly body: Body }> => {
  const answer = await world.call(method, `/alerts${path}`, body, tenant);
  return { status: answer.status, body: answer.body as unknown as Body };
};
const request = { name: 'weekly', ...report };
const deliveriesOf = async (reportId: unknown): Promise<readonly Listed[]> =>
  (await call('GET', `/deliveries?alert_id=${String(reportId)}`)).body['items'] as readonly Listed[];
const delivered = async (channel: string): Promise<Listed> => {
  const sent = await call('POST', `/channels/${channel}/reports`, request);
  expect(sent).toMatchObject({ status: 202, body: { channel_id: channel } });
  return until(
    async () => (await deliveriesOf(sent.body['report_id'])).find(({ state }) => state !== 'pending'),
    `${channel} took the report`,
  );
};
const bodiesAt = (path: string): readonly string[] =>
  receiver.received.filter((one) => one.path === path).map(({ body }) => body);

beforeAll(async () => {
  receiver = await startReceiver((response, received, number) => {
    if (received.path.startsWith('/repos/')) {
      issues.behave(response, received, number);
      return;
    }
    refusals -= received.path === '/hook' ? 1 : 0;
    response.writeHead(received.path === '/hook' && refusals >= 0 ? 503 : 204).end();
  });
  world = new World({
    ALERTING_POLL_MS: '50',
    ALERTING_RETRY_FIRST_MS: '20',
    ALERTING_ALLOWED_NETWORKS: '127.0.0.0/8',
    CHANNEL_DEMO__SLACK: `${receiver.url}/slack`,
    CHANNEL_DEMO__TEAMS: `${receiver.url}/teams`,
    ...boundSecrets(
      { CHANNEL_DEMO__S: secret, CHANNEL_DEMO__GH: 'ghp_token', CHANNEL_DEMO__PD: 'routing-key-1' },
      ['127.0.0.1'],
    ),
  });
  await world.start();
  const channels = {
    hook: { kind: 'webhook', url: `${receiver.url}/hook`, secret_ref: 'env:CHANNEL_DEMO__S' },
    slack: { kind: 'slack', url_ref: 'env:CHANNEL_DEMO__SLACK' },
    teams: { kind: 'teams', url_ref: 'env:CHANNEL_DEMO__TEAMS' },
    github: {
      kind: 'github',
      repository: 'acme/ops',
      token_ref: 'env:CHANNEL_DEMO__GH',
      api_url: receiver.url,
    },
    pager: { kind: 'pagerduty', routing_key_ref: 'env:CHANNEL_DEMO__PD', url: `${receiver.url}/pd` },
  };
  for (const [id, settings] of Object.entries(channels))
    expect(await call('PUT', `/channels/${id}`, settings)).toMatchObject({ status: 200 });
});
afterAll(async () => {
  await world.stop();
  await receiver.stop();
});

describe('a report through a channel', () => {
  it.each(['hook', 'slack', 'teams', 'github'])(
    '%s is delivered and listed like an alert',
    async (channel) => {
      expect(await delivered(channel)).toMatchObject({
        channel_id: channel,
        what: 'report',
        name: 'weekly',
        severity: 'info',
        state: 'delivered',
        attempts: 1,
      });
    },
  );

  it('has the format of its receiver', () => {
    const [hooked] = receiver.received.filter(({ path }) => path === '/hook');
    expect(new Webhook(secret).verify(hooked!.body, signatureOf(hooked))).toMatchObject({
      type: 'report.weekly',
      data: { tenant_id: 'demo', what: 'report', report },
    });
    expect(bodiesAt('/slack')[0]).toContain('2026-11-20  12');
    expect(bodiesAt('/teams')[0]).toContain('"type":"Table"');
    expect(issues.issues).toMatchObject([
      { title: 'The week of demo', labels: ['interlock-report'], state: 'open' },
    ]);
    expect(issues.issues[0]?.body.endsWith(markdownOf(report))).toBe(true);
  });

  it('is in the log, as it left the installation', async () => {
    const events = await collect(world.parts.log.store.read('channel-demo:slack'));
    expect(events.map(({ type }) => type)).toEqual(['ChannelConfigured', 'ReportRequested']);
    expect(events[1]?.data).toMatchObject({ channel_id: 'slack', name: 'weekly', report });
    const { report_id } = events[1]?.data as { readonly report_id: string };
    const results = await collect(world.parts.log.store.read(`delivery-demo:${report_id}`));
    expect(results.map(({ type }) => type)).toEqual(['NotificationDelivered']);
    const channel = await call('GET', '/channels/slack');
    expect(channel.body).toMatchObject({ revision: '1' });
  });

  it('is retried with the same key until the receiver takes it', async () => {
    const before = receiver.received.length;
    refusals = 2;
    expect(await delivered('hook')).toMatchObject({ state: 'delivered', attempts: 3 });
    const ids = receiver.received.slice(before).map(({ headers }) => headers['webhook-id']);
    expect(ids).toHaveLength(3);
    expect(new Set(ids).size).toBe(1);
  });
});

describe('a request to send a report', () => {
  it('through PagerDuty is refused, and leaves no trace', async () => {
    expect(await call('POST', '/channels/pager/reports', request)).toMatchObject({
      status: 422,
      body: {
        code: 'validation-failed',
        violations: [
          {
            pointer: '/path/id',
            detail: 'must not be a channel of kind pagerduty: PagerDuty takes alerts only',
          },
        ],
      },
    });
    const events = await collect(world.parts.log.store.read('channel-demo:pager'));
    expect(events.map(({ type }) => type)).toEqual(['ChannelConfigured']);
    expect(bodiesAt('/pd')).toEqual([]);
  });

  it.each([
    ['gone', 'demo'],
    ['Not a name', 'demo'],
    ['hook', 'other'],
  ])('through `%s` of tenant %s is refused, because there is no such channel', async (id, tenant) => {
    const before = receiver.received.length;
    const path = `/channels/${encodeURIComponent(id)}/reports`;
    expect(await call('POST', path, request, tenant)).toMatchObject({
      status: 404,
      body: { code: 'not-found' },
    });
    expect(receiver.received).toHaveLength(before);
  });

  it('needs the right to write alerts', async () => {
    const response = await fetch(`${world.url}/api/v1/alerts/channels/hook/reports`, {
      method: 'POST',
      headers: {
        ...(await world.parts.issuer.person(['ALERT_READ'], { tenant: 'demo' })),
        'content-type': 'application/json',
      },
      body: JSON.stringify(request),
    });
    expect(response.status).toBe(403);
  });

  it('with faults is refused with each of them', async () => {
    const section = {
      heading: '',
      text: 7,
      none: null,
      html: '<b>x</b>',
      table: { head: [], rows: [['1'], '2', ['x'.repeat(501)]] },
    };
    const answer = await call('POST', '/channels/hook/reports', {
      ...{ name: 'Not a name', title: '', text: 'x'.repeat(1001), html: '<b>x</b>' },
      sections: [section],
    });
    expect(answer).toMatchObject({ status: 422, body: { code: 'validation-failed' } });
    const pointers = (answer.body['violations'] as readonly { pointer: string }[]).map((one) => one.pointer);
    expect([...new Set(pointers)].sort()).toEqual([
      '/html',
      '/name',
      '/sections/0/heading',
      '/sections/0/html',
      '/sections/0/none',
      '/sections/0/table/head',
      '/sections/0/table/rows',
      '/sections/0/text',
      '/text',
      '/title',
    ]);
  });

  it.each([
    ['an uneven row', [['1', '2', '3']], '/sections/0/table/rows/0'],
    ['more than 64 KiB', Array<string[]>(200).fill(['x'.repeat(400), 'y']), ''],
  ])('with %s is refused', async (_, rows, pointer) => {
    const [section] = report.sections;
    const table = { head: ['a', 'b'], rows };
    expect(
      await call('POST', '/channels/hook/reports', { ...request, sections: [{ ...section, table }] }),
    ).toMatchObject({ status: 422, body: { violations: [{ pointer }] } });
  });
});
