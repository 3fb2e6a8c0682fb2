import { fold, type DomainEvent } from '@interlock/kernel';
import { alertDecider, incidentDecider, type Firing, type IncidentOpened } from '../src/index.js';

const cause = {
  event_id: '00000000-0000-5000-8000-000000000001',
  type: 'KillSwitchEngaged',
  stream: 'kill_switch-demo:tenant',
};
const fired: Firing = {
  alert_id: '00000000-0000-5000-8000-000000000002',
  name: 'kill_switch',
  fingerprint: 'fingerprint',
  severity: 'critical',
  detail: 'the kill switch is engaged, scope tenant',
  cause,
  subject: 'kill_switch-demo:tenant',
  firing: '00000000-0000-5000-8000-000000000001',
  evidence: { from: '41', to: '41' },
  runbook: 'docs/runbooks/kill_switch.md#what-to-do',
  order: { log: 'first@0', position: '41' },
  figures: { told_h: 1 },
};
const opened: IncidentOpened = {
  incident_id: '00000000-0000-5000-8000-000000000003',
  severity: 'high',
  title: 'an action was rolled back: `cell_failover` on `cell-001-1`',
  detail: 'drop_rate_pct changed by 3',
  cause: {
    event_id: '00000000-0000-5000-8000-000000000004',
    type: 'ActionRolledBack',
    stream: 'action-demo:a-1',
  },
  action_id: 'a-1',
  entity_id: 'cell-001-1',
};

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const alert = alertDecider.decide({ kind: 'fire', data: fired }, alertDecider.initial);
  const firing = fold(alertDecider, alert);
  const incident = incidentDecider.decide({ kind: 'open', data: opened }, incidentDecider.initial);
  const open = fold(incidentDecider, incident);
  const events: readonly DomainEvent[] = [
    ...alert,
    ...alertDecider.decide({ kind: 'acknowledge', by: 'person:ann', note: 'looking' }, firing),
    ...alertDecider.decide(
      {
        kind: 'silence',
        by: 'person:ann',
        note: null,
        until: '2026-11-20T12:00:00.000Z',
        now: '2026-11-20T10:00:00.000Z',
      },
      firing,
    ),
    ...alertDecider.decide({ kind: 'note', by: 'person:ann', note: 'it was planned' }, firing),
    ...alertDecider.decide(
      {
        kind: 'end',
        cause: { ...cause, type: 'KillSwitchReleased' },
        order: { log: 'first@0', position: '57' },
        figures: { told_h: 1 },
      },
      firing,
    ),
    ...incident,
    ...incidentDecider.decide({ kind: 'note', by: 'person:ann', note: 'the cell was looked at' }, open),
    ...incidentDecider.decide(
      { kind: 'link', data: { kind: 'alert', id: fired.alert_id, stream: `alert-demo:${fired.alert_id}` } },
      open,
    ),
    ...incidentDecider.decide({ kind: 'acknowledge', by: 'person:ann', note: null }, open),
    ...incidentDecider.decide({ kind: 'resolve', by: 'person:ann', note: 'the cell is back' }, open),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
