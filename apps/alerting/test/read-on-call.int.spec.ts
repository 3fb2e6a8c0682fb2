import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import { boundSecrets } from '@interlock/testing';
import type { RotaSource } from '@interlock/notify';
import { readOnCall, type ReadOnCall } from '../src/delivery/rotas/read-on-call.js';
import { testEgress } from './egress.ts';
import { startOpsgenie, startPagerDuty, type Provider } from './provider.ts';

const at = '2026-01-05T12:00:00.000Z';
const environment = boundSecrets({ CHANNEL_DEMO__PD: 'pd-token', CHANNEL_DEMO__OG: 'og-key' }, ['127.0.0.1']);
let pagerduty: Provider;
let opsgenie: Provider;

beforeAll(async () => {
  [pagerduty, opsgenie] = await Promise.all([startPagerDuty('pd-token'), startOpsgenie('og-key')]);
});
afterAll(() => Promise.all([pagerduty.receiver.stop(), opsgenie.receiver.stop()]));
beforeEach(() => {
  for (const one of [pagerduty, opsgenie]) {
    one.fails = null;
    one.receiver.received.length = 0;
  }
});

const source = (kind: RotaSource['kind'], over: Partial<RotaSource> = {}): RotaSource => ({
  kind,
  schedule_id: 'S1',
  api_url: (kind === 'pagerduty' ? pagerduty : opsgenie).receiver.url,
  token_ref: kind === 'pagerduty' ? 'env:CHANNEL_DEMO__PD' : 'env:CHANNEL_DEMO__OG',
  ...over,
});
const read = (of: RotaSource): Promise<ReadOnCall> => readOnCall(testEgress(environment), 'demo', of, at);

describe('who is on call', () => {
  it('is read from PagerDuty page by page, each person once', async () => {
    const people = Array.from({ length: 230 }, (_, i) => `P${String(i).padStart(3, '0')}`);
    pagerduty.onCall['S1'] = [...people, 'P000'];
    expect(await read(source('pagerduty'))).toEqual({ people });
    expect(pagerduty.receiver.received).toHaveLength(3);
  });

  it('is read from Opsgenie', async () => {
    opsgenie.onCall['S1'] = ['ben@example.org', 'ann@example.org'];
    expect(await read(source('opsgenie'))).toEqual({ people: ['ann@example.org', 'ben@example.org'] });
  });

  it.each(['pagerduty', 'opsgenie'] as const)('is nobody where %s names nobody', async (kind) => {
    (kind === 'pagerduty' ? pagerduty : opsgenie).onCall['S1'] = [];
    expect(await read(source(kind))).toEqual({ people: [] });
  });

  it.each([
    ['pagerduty', 500],
    ['pagerduty', 429],
    ['opsgenie', 422],
    ['opsgenie', 503],
  ] as const)('is unknown where %s answers %d', async (kind, status) => {
    (kind === 'pagerduty' ? pagerduty : opsgenie).fails = status;
    expect(await read(source(kind))).toEqual({ fault: `${kind} answered ${status}` });
  });

  it.each([
    ['pagerduty', { oncalls: [{ user: { id: 'P1' } }, { user: null }], more: false }],
    ['opsgenie', { data: { onCallRecipients: ['ann@example.org', { id: 'x' }] } }],
  ] as const)('is unknown where %s has an entry that names nobody', async (kind, body) => {
    const { receiver } = kind === 'pagerduty' ? pagerduty : opsgenie;
    const { behave } = receiver;
    receiver.behave = (response) => response.writeHead(200).end(JSON.stringify(body));
    expect(await read(source(kind))).toEqual({ fault: `${kind} names nobody in an entry of its list` });
    receiver.behave = behave;
  });

  it('is unknown for a wrong token, an unknown schedule, and an answer that is not a list', async () => {
    const wrong = testEgress(boundSecrets({ CHANNEL_DEMO__PD: 'other' }, ['127.0.0.1']));
    expect(await readOnCall(wrong, 'demo', source('pagerduty'), at)).toEqual({
      fault: 'pagerduty answered 401',
    });
    expect(await read(source('opsgenie', { schedule_id: 'S9' }))).toEqual({ fault: 'opsgenie answered 404' });
    const { behave } = pagerduty.receiver;
    for (const body of ['{"oncalls":', '{}']) {
      pagerduty.receiver.behave = (response) => response.writeHead(200).end(body);
      expect(await read(source('pagerduty'))).toEqual({
        fault: expect.stringMatching(/^pagerduty answered no/),
      });
    }
    pagerduty.receiver.behave = behave;
  });

  it('is unknown where the secret is missing or bound to another host, and no fault holds a secret', async () => {
    expect(await read(source('pagerduty', { token_ref: 'env:CHANNEL_DEMO__NONE' }))).toMatchObject({
      fault: expect.stringContaining('is not there'),
    });
    const elsewhere = testEgress(boundSecrets({ CHANNEL_DEMO__PD: 'pd-token' }, ['example.org']));
    const refused = await readOnCall(elsewhere, 'demo', source('pagerduty'), at);
    expect(refused).toMatchObject({ fault: expect.any(String) });
    expect(JSON.stringify(refused)).not.toContain('pd-token');
    expect(pagerduty.receiver.received).toEqual([]);
  });
});
