import { type Behaviour, boundSecrets } from '@interlock/testing';
import {
  dedupKeyOf,
  planReport,
  type AlertNotice,
  type Attempt,
  type ChannelSettings,
  type Notice,
  type Report,
} from '@interlock/notify';
import { send } from '../src/delivery/senders/send.js';
import { testEgress } from './egress.ts';

const alertId = '00000000-0000-5000-8000-000000000002';
export const secret = `whsec_${Buffer.from('a secret of thirty-two bytes, ok').toString('base64')}`;
export const environment = boundSecrets(
  {
    CHANNEL_DEMO__S: secret,
    CHANNEL_DEMO__PD: 'routing-key-1',
    CHANNEL_DEMO__GH: 'ghp_token',
  },
  [
    '127.0.0.1',
    'localhost',
    '[::1]',
    'hooks.example.org',
    'other.example.org',
    'rebind.example.org',
    'example.org',
  ],
);
export const report: Report = {
  title: 'The week of demo',
  text: 'Seven days.',
  sections: [
    {
      heading: 'Outcomes by day',
      text: 'Actions that ended.',
      table: { head: ['day', 'COMPLETED'], rows: [['2026-11-20', '12']] },
    },
  ],
};
const alertNotice = (what: AlertNotice['what']): AlertNotice => ({
  tenant_id: 'demo',
  alert_id: alertId,
  episode: 1,
  what,
  dedup_key: dedupKeyOf(alertId, 1, what),
  name: 'kill_switch',
  severity: 'critical',
  detail: 'the kill switch is engaged',
  at: '2026-01-01T00:00:00.000Z',
  by: null,
  evidence: null,
  runbook: null,
});

const notice = (what: Notice['what'] = 'trigger'): Notice =>
  what === 'report'
    ? planReport(
        'demo',
        { channel_id: 'ops', report_id: alertId, name: 'weekly', report },
        '2026-01-01T00:00:00.000Z',
      ).notice
    : alertNotice(what);

export const webhookAt = (url: string): ChannelSettings => ({
  kind: 'webhook',
  url,
  secret_ref: 'env:CHANNEL_DEMO__S',
});
export const sent = (
  settings: ChannelSettings,
  of: { what?: Notice['what']; reference?: string; isRepeat?: boolean; link?: string } = {},
  egress = testEgress(environment),
): Promise<Attempt> =>
  send(egress, settings, {
    tenantId: 'demo',
    notice: notice(of.what),
    reference: of.reference ?? null,
    isRepeat: of.isRepeat ?? false,
    link: of.link ?? null,
  });
export const answering =
  (status: number, headers: { readonly [name: string]: string } = {}): Behaviour =>
  (response) =>
    response.writeHead(status, headers).end();
