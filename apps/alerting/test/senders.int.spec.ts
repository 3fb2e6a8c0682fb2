import {
  type Behaviour,
  boundSecrets,
  type Receiver,
  signatureOf,
  startReceiver,
  takesAll,
} from '@interlock/testing';
import { createServer as createTls } from 'node:https';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { Webhook } from 'standardwebhooks';
import type { Attempt, ChannelSettings } from '@interlock/notify';
import { certificateFor, type Certificate } from './certificate.ts';
import { testEgress } from './egress.ts';
import { secret, environment, webhookAt, sent, answering } from './sent.ts';

let receiver: Receiver;
let other: Receiver;
let tls: Receiver;
let certificate: Certificate;

beforeAll(async () => {
  certificate = await certificateFor('hooks.example.org');
  [receiver, other, tls] = await Promise.all([
    startReceiver(),
    startReceiver(),
    startReceiver(takesAll, ((listener: never) => createTls(certificate, listener)) as never),
  ]);
});
afterAll(async () => {
  await Promise.all([receiver.stop(), other.stop(), tls.stop()]);
});
beforeEach(() => {
  for (const one of [receiver, other, tls]) {
    one.behave = takesAll;
    one.received.length = 0;
  }
});

describe('a webhook that fails', () => {
  it.each([
    [
      '429 with Retry-After',
      answering(429, { 'retry-after': '7' }),
      { outcome: 'again', retry_after_ms: 7000 },
    ],
    ['503', answering(503), { outcome: 'again', detail: 'the receiver answered 503' }],
    ['410', answering(410), { outcome: 'final', detail: 'the receiver answered 410' }],
    [
      'a reset',
      ((response) => response.socket?.resetAndDestroy()) as Behaviour,
      { outcome: 'again', detail: 'the connection broke off' },
    ],
    [
      'an answer that is not HTTP',
      ((response) => response.socket?.end('hello\r\n\r\n')) as Behaviour,
      { outcome: 'again', detail: 'the connection broke off' },
    ],
  ] as const)('by %s is distinguished from one that is delivered', async (_, behave, attempt) => {
    receiver.behave = behave;
    expect(await sent(webhookAt(receiver.url))).toMatchObject(attempt);
    expect(receiver.received).toHaveLength(1);
  });

  it('by not answering is given up in time', async () => {
    receiver.behave = () => undefined;
    const egress = testEgress(environment, { ALERTING_SEND_MS: 200 });
    expect(await sent(webhookAt(receiver.url), {}, egress)).toMatchObject({
      outcome: 'again',
      detail: 'no answer came in time',
    });
  });

  it('by a body that is long, stalls or breaks off counts by its status', async () => {
    const egress = testEgress(environment, { ALERTING_SEND_MS: 1000, ALERTING_ANSWER_BYTES: 1024 });
    const behaviours: readonly Behaviour[] = [
      (response) => {
        response.writeHead(200);
        const pour = (): void => {
          while (!response.destroyed && response.write('x'.repeat(16_384)));
          if (!response.destroyed) response.once('drain', pour);
        };
        pour();
      },
      (response) => response.writeHead(200).write('x'),
      (response) => response.writeHead(200).write('x', () => response.socket?.resetAndDestroy()),
      (response) => response.writeHead(200, { 'content-encoding': 'gzip' }).end('x'),
    ];
    const attempts: Attempt[] = [];
    for (const behave of behaviours) {
      receiver.behave = behave;
      attempts.push(await sent(webhookAt(receiver.url), {}, egress));
    }
    const delivered = { outcome: 'delivered', detail: 'the receiver answered 200', reference: null };
    expect(attempts).toEqual(behaviours.map(() => delivered));
  });

  it.each([301, 302, 307, 308])(
    'by redirecting (%i) ends there, without following to a private address',
    async (status) => {
      receiver.behave = answering(status, { location: `${other.url}/secret` });
      expect(await sent(webhookAt(receiver.url))).toMatchObject({
        outcome: 'final',
        detail: `the receiver answered ${status}, a redirect, which is not followed`,
      });
      expect(other.received).toEqual([]);
    },
  );

  it('by not listening is retried', async () => {
    const gone = await startReceiver();
    await gone.stop();
    expect(await sent(webhookAt(gone.url))).toMatchObject({
      outcome: 'again',
      detail: 'there was no connection',
    });
  });

  it('by a missing secret is retried, but not by an invalid one or one of another tenant', async () => {
    const settings = (secret_ref: string): ChannelSettings => ({
      kind: 'webhook',
      url: receiver.url,
      secret_ref,
    });
    expect(await sent(settings('env:CHANNEL_DEMO__GONE'))).toMatchObject({ outcome: 'again' });
    expect(await sent(settings('env:CHANNEL_OTHER__S'))).toMatchObject({ outcome: 'final' });
    expect(await sent(settings('file:x'))).toMatchObject({ outcome: 'final' });
    const wrong = testEgress(boundSecrets({ CHANNEL_DEMO__S: 'whsec_%%%' }, ['127.0.0.1']));
    const attempt = await sent(webhookAt(receiver.url), {}, wrong);
    expect(attempt).toMatchObject({ outcome: 'final' });
    expect(attempt.detail).not.toContain('%%%');
    expect(receiver.received).toEqual([]);
  });
});

describe('certificates', () => {
  const url = (): string => `https://hooks.example.org:${tls.port}/x`;
  it('that are not trusted end the attempt before anything is sent', async () => {
    expect(await sent(webhookAt(url()))).toMatchObject({
      outcome: 'again',
      detail: expect.stringContaining('the certificate is not believed'),
    });
    expect(tls.received).toEqual([]);
  });

  it('for another name end it too', async () => {
    const believing = testEgress(environment, {}, undefined, certificate.cert);
    expect(await sent(webhookAt(url().replace('hooks', 'other')), {}, believing)).toMatchObject({
      outcome: 'again',
      detail: expect.stringContaining('the certificate is not believed'),
    });
    expect(tls.received).toEqual([]);
  });

  it('of an authority in the configuration are trusted, for the requested name', async () => {
    const believing = testEgress(environment, {}, undefined, certificate.cert);
    expect(await sent(webhookAt(url()), {}, believing)).toMatchObject({ outcome: 'delivered' });
    expect(tls.received[0]?.headers.host).toBe(`hooks.example.org:${tls.port}`);
  });
});

const refused =
  'the address is a private one that the configuration does not allow, or a public one without encryption';

describe('private addresses', () => {
  const nothing = { ALERTING_ALLOWED_NETWORKS: '' };
  it.each([
    'http://127.0.0.1:1/',
    'https://localhost/',
    'https://[::1]/',
    'https://2130706433/',
    'https://0x7f.1/',
  ])('%s is not sent to unless the configuration allows it', async (url) => {
    const egress = testEgress(environment, nothing);
    expect(await sent(webhookAt(url), {}, egress)).toMatchObject({
      outcome: 'final',
      detail: refused,
    });
  });

  it("and Interlock's own parts are not sent to, even if they are allowed", async () => {
    const egress = testEgress(environment, {
      ALERTING_OWN_ADDRESSES: `127.0.0.1:1, 127.0.0.1:${receiver.port}`,
    });
    expect(await sent(webhookAt(receiver.url), {}, egress)).toMatchObject({
      outcome: 'final',
      detail: refused,
    });
    expect(receiver.received).toEqual([]);
  });

  it('are allowed as networks and as single addresses, and invalid entries are refused by name', async () => {
    const egress = testEgress(environment, { ALERTING_ALLOWED_NETWORKS: '10.0.0.0/8, 127.0.0.1,::1' });
    expect(await sent(webhookAt(receiver.url), {}, egress)).toMatchObject({ outcome: 'delivered' });
    for (const wrong of ['10.0.0.0/33', 'fd00::/129', 'localhost', '10.0.0/8'])
      expect(() => testEgress(environment, { ALERTING_ALLOWED_NETWORKS: `::1,${wrong}` })).toThrow(
        expect.objectContaining({
          violations: [
            {
              pointer: '/ALERTING_ALLOWED_NETWORKS',
              detail: `\`${wrong}\` is neither an address nor a network such as \`10.1.0.0/16\``,
            },
          ],
        }),
      );
  });

  it('are resolved once, so a name that later changes leads nowhere else', async () => {
    const answers = [['127.0.0.1'], ['127.0.0.2']];
    let asked = 0;
    const egress = testEgress(environment, {}, () => Promise.resolve(answers[asked++]!));
    expect(await sent(webhookAt(`http://rebind.example.org:${receiver.port}/`), {}, egress)).toMatchObject({
      outcome: 'delivered',
    });
    expect(asked).toBe(1);
    expect(receiver.received).toHaveLength(1);
  });

  it('are the only ones that are sent to without encryption', async () => {
    const egress = testEgress(environment, {}, () => Promise.resolve(['93.184.215.14']));
    expect(await sent(webhookAt('http://example.org/'), {}, egress)).toMatchObject({
      outcome: 'final',
      detail: refused,
    });
  });
});

describe('receivers of each kind', () => {
  it('a signed webhook is verified by the standard library, and not with another secret', async () => {
    await sent(webhookAt(receiver.url));
    const [one] = receiver.received;
    const body = one?.body ?? '';
    const signed = signatureOf(one);
    expect(new Webhook(secret).verify(body, signed)).toMatchObject({ type: 'alert.trigger' });
    expect(() =>
      new Webhook(`whsec_${Buffer.from('other').toString('base64')}`).verify(body, signed),
    ).toThrow();
    expect(() => new Webhook(secret).verify(`${body} `, signed)).toThrow();
  });

  it('Slack is sent to the address in the secret', async () => {
    const egress = testEgress({ CHANNEL_DEMO__SLACK: `${receiver.url}/services/T/B/x` });
    const slack: ChannelSettings = {
      kind: 'slack',
      url_ref: 'env:CHANNEL_DEMO__SLACK',
      channel: '#policy-alerts',
    };
    expect(await sent(slack, {}, egress)).toMatchObject({ outcome: 'delivered' });
    expect(receiver.received[0]).toMatchObject({ method: 'POST', path: '/services/T/B/x' });
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({ channel: '#policy-alerts' });
    receiver.behave = answering(404);
    const attempt = await sent(slack, {}, egress);
    expect(attempt.outcome).toBe('final');
    expect(attempt.detail).not.toContain('services');
  });

  it('Teams is sent one card to the address in the secret, with the link as a button', async () => {
    const workflow = '/workflows/w-1/triggers/manual/paths/invoke?api-version=1&sig=signature-1';
    const egress = testEgress({ CHANNEL_DEMO__TEAMS: `${receiver.url}${workflow}` });
    const teams: ChannelSettings = { kind: 'teams', url_ref: 'env:CHANNEL_DEMO__TEAMS' };
    const link = 'https://console.example.org/go?tenant=demo#token';
    receiver.behave = answering(202);
    expect(await sent(teams, { link }, egress)).toMatchObject({
      outcome: 'delivered',
      detail:
        'the receiver answered 202: the workflow took the message; whether it posts it is in its run history only',
    });
    expect(receiver.received[0]).toMatchObject({ method: 'POST', path: workflow });
    expect(receiver.received[0]?.headers['content-type']).toBe('application/json');
    expect(JSON.parse(receiver.received[0]?.body ?? '')).toMatchObject({
      type: 'message',
      attachments: [
        {
          contentType: 'application/vnd.microsoft.card.adaptive',
          content: { actions: [{ type: 'Action.OpenUrl', url: link }] },
        },
      ],
    });
    receiver.behave = answering(429, { 'retry-after': '7' });
    expect(await sent(teams, {}, egress)).toMatchObject({ outcome: 'again', retry_after_ms: 7000 });
    receiver.behave = answering(401);
    const attempt = await sent(teams, {}, egress);
    expect(attempt.outcome).toBe('final');
    expect(attempt.detail).not.toContain('sig');
  });

  it.each([
    ['HTTP error 429 with ContextId tcid=0,server=x', { outcome: 'again', retry_after_ms: null }, 429],
    ['HTTP error 413 with ContextId tcid=0,server=x', { outcome: 'final' }, 413],
    ['the reason 12345', { outcome: 'again', retry_after_ms: null }, 503],
  ])('Teams is not believed to have a message that it refused with 200: %s', async (why, attempt, status) => {
    const egress = testEgress({ CHANNEL_DEMO__TEAMS: `${receiver.url}/webhookb2/x` });
    const teams: ChannelSettings = { kind: 'teams', url_ref: 'env:CHANNEL_DEMO__TEAMS' };
    receiver.behave = (response) => {
      response
        .writeHead(200)
        .end(`Webhook message delivery failed with error: Microsoft Teams endpoint returned ${why}`);
    };
    expect(await sent(teams, {}, egress)).toEqual({
      ...attempt,
      detail: `the receiver answered 200, and Teams itself ${status}`,
    });
    for (const text of ['{"error":{"code":"Throttled"}}', 'Message delivery failed', 'HTTP error 200']) {
      receiver.behave = (response) => response.writeHead(200).end(text);
      expect(await sent(teams, {}, egress)).toMatchObject({
        outcome: 'again',
        detail: 'the receiver answered 200, and Teams itself 503',
      });
    }
    receiver.behave = (response) => response.writeHead(200).end('1');
    expect(await sent(teams, {}, egress)).toMatchObject({ outcome: 'delivered' });
  });

  it('PagerDuty is sent trigger, acknowledgement and end with one key, and a test that is resolved', async () => {
    const pd: ChannelSettings = {
      kind: 'pagerduty',
      routing_key_ref: 'env:CHANNEL_DEMO__PD',
      url: `${receiver.url}/v2/enqueue`,
    };
    receiver.behave = answering(202);
    for (const what of ['trigger', 'acknowledge', 'resolve', 'test'] as const)
      expect(await sent(pd, { what })).toMatchObject({ outcome: 'delivered' });
    const events = receiver.received.map(
      ({ body }) => JSON.parse(body) as { event_action: string; dedup_key: string; routing_key: string },
    );
    expect(events.map(({ event_action }) => event_action)).toEqual([
      'trigger',
      'acknowledge',
      'resolve',
      'trigger',
      'resolve',
    ]);
    expect(new Set(events.slice(0, 3).map(({ dedup_key }) => dedup_key)).size).toBe(1);
    expect(events[0]?.routing_key).toBe('routing-key-1');
    receiver.received.length = 0;
    expect(await sent(pd, { what: 'report' })).toEqual({
      outcome: 'final',
      detail: 'the channel must not be a channel of kind pagerduty: PagerDuty takes alerts only',
    });
    expect(receiver.received).toEqual([]);
  });
});
