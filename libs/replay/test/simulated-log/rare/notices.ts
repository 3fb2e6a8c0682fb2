import { alertDecider, incidentDecider, type AlertState, type IncidentState } from '@interlock/alerting';
import { actorKey } from '@interlock/contracts';
import { uuidV5 } from '@interlock/kernel';
import {
  channelDecider,
  channelLoosens,
  deliveryDecider,
  linkDecider,
  rotaDecider,
  rotaLoosens,
  routeDecider,
  routesLoosen,
  webhookDecider,
  webhooksOf,
  type AlertRoute,
  type Rota,
  type RotaCommand,
} from '@interlock/notify';
import { writeSetting } from '../changes.ts';
import { person, service, tenant, type Journal } from '../journal.ts';
import { moment } from '../stories/story.ts';
import { whileStopped } from '../stop.ts';

const [anna, dora, otto] = [person('anna'), person('dora'), person('otto')];
const alerting = service('alerting');
const by = actorKey(dora);

/** The id of the last stream of a category whose state is so. */
const lastOf = <S>(log: Journal, category: string, is: (state: S) => boolean): string => {
  const start = `${category}-${tenant}:`;
  const found = [...log.streams].findLast(
    ([stream, { state }]) => stream.startsWith(start) && is(state as S),
  );
  if (found === undefined) throw new Error(`no ${category} is so`);
  return found[0].slice(start.length);
};

/** A person works on the alert and on the incident of a stop. */
export const attended = moment((log) => {
  whileStopped(log, () => {
    const id = lastOf<AlertState>(log, 'alert', ({ status }) => status === 'firing');
    const stream = `alert-${tenant}:${id}`;
    const until = new Date(log.now + 60_000).toISOString();
    log.tell(stream, alertDecider, { kind: 'note', by, note: 'it is a drill' }, dora);
    log.tell(stream, alertDecider, { kind: 'silence', by, note: null, until, now: log.at }, dora);
    log.tell(stream, alertDecider, { kind: 'acknowledge', by, note: 'seen' }, dora);
  });
  const stream = `incident-${tenant}:${lastOf<IncidentState>(log, 'incident', ({ status, stands }) => status === 'open' && stands !== true)}`;
  log.tell(stream, incidentDecider, { kind: 'note', by, note: 'the cell was looked at' }, dora);
  log.tell(stream, incidentDecider, { kind: 'acknowledge', by, note: null }, dora);
  log.tell(stream, incidentDecider, { kind: 'resolve', by, note: 'the cell is back' }, dora);
});

const routes: readonly AlertRoute[] = [
  {
    name: 'night',
    alerts: null,
    severities: ['high', 'critical'],
    channels: ['ops'],
    quiet_hours: { time_zone: 'Europe/London', from: '22:00', to: '07:00' },
    escalation: { after_s: 900, route: 'second' },
  },
  {
    name: 'second',
    alerts: [],
    severities: null,
    channels: ['pager'],
    quiet_hours: null,
    escalation: null,
  },
];
const rota: Rota = {
  time_zone: 'Europe/London',
  starts_on: '2026-11-30',
  handover: '09:00',
  weeks: 1,
  members: [{ name: 'ann', channels: ['ops'], external_id: 'PABC123' }],
  source: {
    kind: 'pagerduty',
    schedule_id: 'PSCHED1',
    api_url: 'https://api.pagerduty.com',
    token_ref: 'file:pagerduty-api',
  },
};

/** Channels, routes and rotas are set, and alerts are notified over them. */
export const notified = moment((log) => {
  const settings = { kind: 'webhook', url: 'https://hooks.example.org/x', secret_ref: 'file:ops' } as const;
  const ops = { channel_id: 'ops' };
  const channel = `channel-${tenant}:ops`;
  const ofChannel = { stream: channel, decider: channelDecider, loosens: channelLoosens };
  writeSetting(log, ofChannel, { kind: 'configure', ...ops, settings }, anna, otto);
  log.tell(channel, channelDecider, { kind: 'test', ...ops, test_id: uuidV5('test') }, anna);
  const report = { title: 'The week of demo', text: 'From Monday to Sunday.', sections: [] };
  const asked = { kind: 'report', ...ops, report_id: uuidV5('report'), name: 'weekly', report } as const;
  log.tell(channel, channelDecider, asked, anna);
  const ofRoutes = { stream: `route-${tenant}:routes`, decider: routeDecider, loosens: routesLoosen };
  writeSetting(log, ofRoutes, { kind: 'change', routes }, anna, otto);
  const alert_id = lastOf<AlertState>(log, 'alert', () => true);
  const deliveries = `delivery-${tenant}:${alert_id}`;
  const delivered = {
    ...ops,
    dedup_key: `${alert_id}:1:trigger`,
    alert_id,
    episode: 1,
    what: 'trigger',
    attempts: 2,
    detail: 'the receiver answered 200',
    reference: null,
  } as const;
  const failed = { ...delivered, dedup_key: `${alert_id}:1:resolve`, what: 'resolve' } as const;
  const escalated = { alert_id, episode: 1, from_route: 'night', to_route: 'second', detail: 'nobody came' };
  log.tell(deliveries, deliveryDecider, { kind: 'delivered', data: delivered }, alerting);
  log.tell(deliveries, deliveryDecider, { kind: 'escalate', data: escalated }, alerting);
  log.tell(deliveries, deliveryDecider, { kind: 'failed', data: failed }, alerting);
  const again = { ...ops, dedup_key: failed.dedup_key, alert_id };
  log.tell(deliveries, deliveryDecider, { kind: 'replay', data: again }, anna);

  const link_id = uuidV5('link', alert_id);
  const expires_at = new Date(log.now + 60_000).toISOString();
  const open = { kind: 'open', link_id, alert_id, ...ops, page: '/alerts', by, expires_at } as const;
  const link = `link-${tenant}:${link_id}`;
  for (let n = 0; n < 2; n += 1) log.tell(link, linkDecider, { ...open, now: log.at }, dora);

  const rotas = `rota-${tenant}:primary`;
  const rota_id = 'primary';
  const override_id = uuidV5('override');
  const from = '2026-12-24T09:00:00.000Z';
  const override = { override_id, member: 'ann', from, until: '2026-12-27T09:00:00.000Z' };
  const setting = { stream: rotas, decider: rotaDecider, loosens: rotaLoosens };
  const changeRota = (command: RotaCommand): void => writeSetting(log, setting, command, anna, otto);
  changeRota({ kind: 'set', rota_id, rota });
  changeRota({ kind: 'override', rota_id, override });
  changeRota({ kind: 'lift', rota_id, override_id });
  log.tell(rotas, rotaDecider, { kind: 'read', rota_id, members: ['ann'] }, alerting);
  log.tell(
    rotas,
    rotaDecider,
    { kind: 'unreadable', rota_id, detail: 'the provider answered 500' },
    alerting,
  );
  changeRota({ kind: 'remove', rota_id });
  writeSetting(log, ofChannel, { kind: 'remove', ...ops }, anna, otto);

  const owner = 'service:nats.sim';
  const sender = service('nats.sim');
  const webhooks = `webhook-${tenant}:${webhooksOf(owner)}`;
  const of = { webhook_id: uuidV5('webhook'), owner };
  const url = 'https://agents.example.org/outcomes';
  log.tell(webhooks, webhookDecider, { kind: 'register', ...of, requesters: [owner], url }, sender);
  const gone = 'the receiver answered 410';
  const tested = { kind: 'tested', ...of, test_id: uuidV5('webhook-test'), delivered: false } as const;
  log.tell(webhooks, webhookDecider, { ...tested, detail: gone }, sender);
  log.tell(webhooks, webhookDecider, { kind: 'stop', ...of, detail: gone }, alerting);
  log.tell(webhooks, webhookDecider, { kind: 'remove', ...of }, sender);
});
