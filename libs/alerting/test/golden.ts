import { fold, type DomainEvent } from '@interlock/kernel';
import { alertDecider, incidentDecider, type AlertFired, type IncidentOpened } from '../src/index.js';

const cause = {
  event_id: '00000000-0000-5000-8000-000000000001',
  type: 'KillSwitchEngaged',
  stream: 'kill_switch-demo:tenant',
};
const fired: AlertFired = {
  alert_id: '00000000-0000-5000-8000-000000000002',
  name: 'kill_switch',
  fingerprint: 'fingerprint',
  severity: 'critical',
  detail: 'the kill switch is engaged, scope tenant',
  cause,
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
        kind: 'end',
        detail: 'the kill switch was released, scope tenant',
        cause: { ...cause, type: 'KillSwitchReleased' },
      },
      firing,
    ),
    ...incident,
    ...incidentDecider.decide({ kind: 'acknowledge', by: 'person:ann', note: null }, open),
    ...incidentDecider.decide({ kind: 'resolve', by: 'person:ann', note: 'the cell is back' }, open),
  ];
  return Object.fromEntries(events.map(({ type, data }) => [type, data]));
};
