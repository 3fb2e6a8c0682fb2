import { boundSecrets, listening } from '@interlock/testing';
import { createServer, type Socket } from 'node:net';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { SMTPServer, type SMTPServerOptions } from 'smtp-server';
import {
  planReport,
  type AlertNotice,
  type Attempt,
  type ChannelSettings,
  type Notice,
} from '@interlock/notify';
import type { DeliveryConfig } from '../src/delivery/config.js';
import { send } from '../src/delivery/senders/send.js';
import { certificateFor, type Certificate } from './certificate.ts';
import { testEgress } from './egress.ts';
import { report } from './sent.ts';

type Email = Extract<ChannelSettings, { readonly kind: 'email' }>;
const notice: AlertNotice = {
  tenant_id: 'demo',
  alert_id: 'a-1',
  episode: 1,
  what: 'trigger',
  dedup_key: 'a-1:1:trigger',
  name: 'kill_switch',
  severity: 'critical',
  detail: 'the kill switch is engaged',
  at: '2026-01-01T00:00:00.000Z',
  by: null,
  evidence: null,
  runbook: null,
};

let certificate: Certificate;
let server: SMTPServer;
let port: number;
let mails: { readonly to: readonly string[]; readonly text: string }[];
/** The server's answer to a recipient, and to a message. */
let refuses: { readonly at: 'auth' | 'rcpt' | 'lead' | 'data'; readonly code: number } | null;

const started = async (options: SMTPServerOptions): Promise<{ server: SMTPServer; port: number }> => {
  const made = new SMTPServer({
    ...certificate,
    logger: false,
    closeTimeout: 1,
    onAuth: ({ username, password }, _session, done) => {
      if (refuses?.at !== 'auth' && username === 'interlock' && password === 'p4ssw0rd')
        done(null, { user: 'interlock' });
      else done(Object.assign(new Error('no'), { responseCode: refuses?.code ?? 535 }));
    },
    onRcptTo: ({ address }, _session, done) => {
      const isRefused = refuses?.at === 'rcpt' || (refuses?.at === 'lead' && address.startsWith('lead@'));
      done(isRefused ? Object.assign(new Error('no'), { responseCode: refuses?.code }) : null);
    },
    onData: (stream, session, done) => {
      const chunks: Buffer[] = [];
      stream.on('data', (chunk: Buffer) => chunks.push(chunk));
      stream.on('end', () => {
        if (refuses?.at === 'data') {
          done(Object.assign(new Error('no'), { responseCode: refuses.code }));
          return;
        }
        mails.push({
          to: session.envelope.rcptTo.map(({ address }) => address),
          text: Buffer.concat(chunks).toString('utf8'),
        });
        done();
      });
    },
    ...options,
  });
  made.on('error', () => undefined);
  return { server: made, port: await listening(made.server) };
};

const stopped = (one: { close: (done: () => void) => unknown }): Promise<void> =>
  new Promise((resolve) => {
    one.close(() => resolve());
  });

beforeAll(async () => {
  certificate = await certificateFor('mail.example.org');
  ({ server, port } = await started({}));
});
afterAll(() => stopped(server));
beforeEach(() => {
  mails = [];
  refuses = null;
});

const sent = (
  over: Partial<Email> = {},
  config: Partial<DeliveryConfig> = {},
  ca: string | null = certificate.cert,
  of: Partial<AlertNotice> | Notice = {},
  link: string | null = null,
  isRepeat = false,
): Promise<Attempt> =>
  send(
    testEgress(
      boundSecrets({ CHANNEL_DEMO__MAIL: 'p4ssw0rd' }, ['mail.example.org', 'other.example.org']),
      config,
      undefined,
      ca,
    ),
    {
      kind: 'email',
      host: 'mail.example.org',
      port,
      security: 'starttls',
      from: 'interlock@example.org',
      to: ['ops@example.org', 'lead@example.org'],
      username: 'interlock',
      password_ref: 'env:CHANNEL_DEMO__MAIL',
      ...over,
    },
    {
      tenantId: 'demo',
      notice: of.what === 'report' ? of : { ...notice, ...of },
      reference: null,
      isRepeat,
      link,
    },
  );

describe('mail by SMTP', () => {
  it('goes over STARTTLS to every recipient, with an id that a repeat also has', async () => {
    expect(await sent()).toMatchObject({ outcome: 'delivered' });
    expect(await sent()).toMatchObject({ outcome: 'delivered' });
    expect(mails.map(({ to }) => to)).toEqual(Array(2).fill(['ops@example.org', 'lead@example.org']));
    const ids = mails.map(({ text }) => /^Message-ID: (.*)$/im.exec(text)?.[1]);
    expect(ids[0]).toMatch(/^<[0-9a-f]{40}@example\.org>$/);
    expect(ids[1]).toBe(ids[0]);
    expect(mails[0]?.text).toContain('Subject: [FIRING] critical kill_switch (demo)');
  });

  it('has the one-time link on a line of its own, unbroken', async () => {
    const link = `https://console.example.org/go?tenant=demo#${'x'.repeat(300)}.${'y'.repeat(43)}`;
    expect(await sent({}, {}, certificate.cert, {}, link)).toMatchObject({ outcome: 'delivered' });
    const [, body = ''] = (mails[0]?.text ?? '').split('\r\n\r\n', 2);
    const whole = mails[0]?.text.includes('quoted-printable')
      ? (mails[0]?.text ?? '').replace(/=\r\n/g, '').replace(/=3D/g, '=')
      : body;
    expect(whole).toContain(`Review it: ${link}`);
  });

  it('of a report has Markdown and HTML, and no thread of an alert', async () => {
    const { notice: ofReport } = planReport(
      'demo',
      { channel_id: 'ops', report_id: 'r-1', name: 'weekly', report },
      '2026-01-01T00:00:00.000Z',
    );
    await sent();
    expect(await sent({}, {}, certificate.cert, ofReport)).toMatchObject({ outcome: 'delivered' });
    const [alert, mail] = mails.map(({ text }) => text);
    expect(mail).toMatch(/^Subject: The week of demo\r$/m);
    expect(mail).toMatch(/^Content-Type: multipart\/alternative;/m);
    expect(mail).toMatch(/^Content-Type: text\/plain;/m);
    expect(mail).toMatch(/^Content-Type: text\/html;/m);
    expect(mail).toContain('| 2026-11-20 | 12 |');
    const whole = (mail ?? '').replace(/=\r\n/g, '');
    expect(whole).toContain('<td>2026-11-20</td><td>12</td>');
    expect(mail).not.toMatch(/^In-Reply-To: /im);
    const threadOf = (text = ''): string | undefined => /^References: (.*)$/im.exec(text)?.[1];
    expect(threadOf(mail)).not.toBe(threadOf(alert));
  });

  it('about an end joins the thread of its episode', async () => {
    await sent();
    await sent({}, {}, certificate.cert, { what: 'resolve', dedup_key: 'a-1:1:resolve' });
    const threads = mails.map(({ text }) => /^References: (.*)$/im.exec(text)?.[1]);
    expect(threads[0]).toBe(threads[1]);
    expect(mails[1]?.text).toMatch(/^In-Reply-To: /im);
  });

  it('goes over TLS from the first byte', async () => {
    const secure = await started({ secure: true });
    expect(await sent({ port: secure.port, security: 'tls' })).toMatchObject({ outcome: 'delivered' });
    await stopped(secure.server);
  });

  it('without encryption goes only to allowed networks', async () => {
    const plain = { security: 'none', username: null, password_ref: null } as const;
    const open = await started({ authOptional: true, disabledCommands: ['STARTTLS'] });
    expect(await sent({ ...plain, port: open.port })).toMatchObject({ outcome: 'delivered' });
    expect(
      await sent({ ...plain, port: open.port }, { ALERTING_ALLOWED_NETWORKS: '10.0.0.0/8' }),
    ).toMatchObject({
      outcome: 'final',
    });
    await stopped(open.server);
  });

  it('is not sent if the server offers no encryption', async () => {
    const open = await started({ disabledCommands: ['STARTTLS'], authOptional: true });
    expect(await sent({ port: open.port })).toMatchObject({
      outcome: 'final',
      detail: 'the mail server answered 500',
    });
    expect(mails).toEqual([]);
    await stopped(open.server);
  });

  it.each([
    ['a certificate that nobody believes', null, {}],
    ['a certificate of another name', 'own', { host: 'other.example.org' }],
  ])('is not sent over %s', async (_, ca, over) => {
    expect(await sent(over, {}, ca === null ? null : certificate.cert)).toMatchObject({
      outcome: 'again',
      detail: expect.stringContaining('the certificate is not believed'),
    });
    expect(mails).toEqual([]);
  });

  it.each([
    ['auth', 535, 'final'],
    ['auth', 454, 'again'],
    ['rcpt', 550, 'final'],
    ['rcpt', 451, 'again'],
    ['data', 554, 'final'],
    ['data', 452, 'again'],
  ] as const)('that is refused at %s with %i is %s', async (at, code, outcome) => {
    refuses = { at, code };
    const attempt = await sent();
    expect(attempt).toMatchObject({ outcome, detail: `the mail server answered ${code}` });
    expect(attempt.detail).not.toContain('p4ssw0rd');
  });

  it.each([
    [550, false, { outcome: 'final' }],
    [450, false, { outcome: 'again', retry_after_ms: 300_000 }],
    // Each repeat reaches the other recipients again.
    [450, true, { outcome: 'final' }],
  ] as const)(
    'that is refused for one of its recipients with %i (repeated: %s) ends so: %j',
    async (code, isRepeat, end) => {
      refuses = { at: 'lead', code };
      expect(await sent({}, {}, certificate.cert, {}, null, isRepeat)).toEqual({
        ...end,
        detail: `the mail server refused 1 of 2 recipients with ${code}`,
      });
      expect(mails.map(({ to }) => to)).toEqual([['ops@example.org']]);
    },
  );

  it.each([
    ['says nothing', () => undefined],
    [
      'greets for ever',
      (socket: Socket) => {
        const pour = (): void => {
          while (!socket.destroyed && socket.write(`220-${'x'.repeat(8192)}\r\n`));
        };
        socket.on('drain', pour);
        pour();
      },
    ],
    ['hangs up', (socket: Socket) => socket.destroy()],
  ])('to a server that %s is retried', async (_, behave) => {
    const sockets = new Set<Socket>();
    const odd = createServer((socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      behave(socket);
    });
    const oddPort = await listening(odd);
    expect(await sent({ port: oddPort }, { ALERTING_SEND_MS: 300 })).toMatchObject({ outcome: 'again' });
    for (const socket of sockets) socket.destroy();
    await stopped(odd);
  });

  it('is not sent to a private address that is not allowed', async () => {
    expect(await sent({}, { ALERTING_ALLOWED_NETWORKS: '' })).toMatchObject({
      outcome: 'final',
      detail: expect.stringContaining('the address is a private one that the configuration does not allow'),
    });
  });
});
