import { short } from '@interlock/kernel';
import type { AlertEvent, IncidentEvent } from '@interlock/alerting';
import type { BudgetDayEvent } from '@interlock/autonomy';
import type { RecordedEvent } from '@interlock/kernel';
import type { DeviceEvent, DriftLeaf } from '@interlock/network';
import type { EvaluationRecorded } from '@interlock/policy';
import type { KillSwitchEvent, LeaseEvent } from '@interlock/rails';
import type { TraceEvent } from '@interlock/twin';
import type { StepText } from './gates.js';

type OtherEvent =
  | BudgetDayEvent
  | LeaseEvent
  | EvaluationRecorded
  | DeviceEvent
  | KillSwitchEvent
  | IncidentEvent
  | AlertEvent
  | TraceEvent;

const step = (title: string, ...lines: readonly string[]): StepText => ({ title, lines });
const driftLine = ({ path, expected, actual }: DriftLeaf): string =>
  `${path}: expected ${expected ?? 'no value'}, found ${actual ?? 'no value'}`;
const noted = (what: string, { by, note }: { readonly by: string; readonly note: string | null }): StepText =>
  step(`${what} by ${by}`, ...(note === null ? [] : [note]));

/**
 * Describes an event of another service about an action. An event of an unknown type is shown by
 * its data.
 */
export const otherStep = (event: RecordedEvent): StepText => {
  const { type, data } = event as unknown as OtherEvent;
  switch (type) {
    case 'BudgetConsumed':
      return step(
        `budget consumed: ${data.count} of ${data.limit}${data.type_limit === null ? '' : `, ${data.type_count} of ${data.type_limit} of type ${data.action_type}`}`,
        event.stream,
      );
    case 'BudgetRefused':
      return step(`budget refused: ${data.explanation}`, event.stream);
    case 'BudgetGivenBack':
      return step(
        data.consumed ? 'budget given back' : 'budget barred: nothing had been consumed',
        event.stream,
      );
    case 'LeaseGranted':
      return step(
        `lease on ${data.keys.join(', ')} granted until ${data.expires_at}`,
        `${event.stream}, fencing ${event.revision}`,
      );
    case 'LeaseQueued':
      return step(
        `lease on ${data.keys.join(', ')} queued behind ${data.held_by.join(', ')}, until ${data.expires_at}`,
        event.stream,
      );
    case 'LeaseReleased':
      return step('lease released', event.stream);
    case 'KillSwitchEngaged':
      return step(`kill switch engaged, scope ${data.scope}: ${data.reason}`, event.stream);
    case 'KillSwitchListed':
      return step(`kill switch \`${data.stream}\` listed`, event.stream);
    case 'KillSwitchAcknowledged':
      return step(
        `kill switch acknowledged after ${data.time_to_stop_ms} ms`,
        `${data.cancelled_count} cancelled, ${data.in_flight_count} in flight, ${event.stream}`,
      );
    case 'KillSwitchReleaseRequested':
      return step(`release of the kill switch asked for by ${data.by}: ${data.reason}`, event.stream);
    case 'KillSwitchReleased':
      return step(`kill switch released, scope ${data.scope}: ${data.reason}`, event.stream);
    case 'IncidentOpened':
      return step(`incident ${data.incident_id}, ${data.severity}: ${data.title}`, data.detail);
    case 'IncidentAcknowledged':
      return noted('incident acknowledged', data);
    case 'IncidentNoted':
      return noted('incident noted', data);
    case 'IncidentLinked':
      return step(`incident linked to ${data.kind} ${data.id}`, data.stream);
    case 'IncidentResolved':
      return noted('incident resolved', data);
    case 'AlertFired':
      return step(
        `alert ${data.name}, ${data.severity}: ${data.detail}`,
        `fingerprint ${short(data.fingerprint)}`,
      );
    case 'AlertAcknowledged':
      return noted('alert acknowledged', data);
    case 'AlertSilenced':
      return noted(data.until === null ? 'silence ended' : `alert silenced until ${data.until}`, data);
    case 'AlertNoted':
      return noted('alert noted', data);
    case 'AlertResolved':
      return step('alert resolved', data.detail);
    case 'TraceRecorded':
    case 'TraceImported':
    case 'TraceJudged':
      return step(
        `decision memory: ${data.outcome}, impact ${data.impact_delta}${data.harmed ? ', did harm' : ''}`,
        `trace ${data.trace_id} in ${event.stream}`,
      );
    case 'TraceForgotten':
      return step(`decision memory: trace ${data.trace_id} forgotten`, data.reason);
    case 'DeviceQuarantined':
      return step(`device ${data.device_id} put into quarantine`, data.reason);
    case 'DeviceHostKeyRotated':
      return step(
        `device ${data.device_id} showed its next host key`,
        `${data.to}, and no longer ${data.from}`,
      );
    case 'DeviceBound':
      return step(
        `the bindings of device ${data.device_id} chosen`,
        data.bindings?.join(', ') ?? 'automatic',
      );
    case 'DeviceDriftFound':
      return step(`device ${data.device_id} drifted`, ...data.leaves.map(driftLine));
    case 'DeviceDriftCleared':
      return step(`device ${data.device_id} is as expected again`);
    case 'DeviceDriftAdopted':
      return step(
        `the drift of device ${data.device_id} adopted`,
        data.reason,
        ...data.leaves.map(driftLine),
      );
    case 'DeviceQualificationStarted':
      return step(
        `qualification of device ${data.device_id} started`,
        data.reason,
        `\`${data.probe.change.path}\` from \`${data.probe.change.before ?? 'not there'}\` to \`${data.probe.change.after ?? 'not there'}\``,
      );
    case 'DeviceQualified':
      return step(
        `device ${data.device_id} qualified: ${data.level}`,
        ...data.cells
          .filter(({ result }) => result === 'fail')
          .map(({ way, locks, why }) => `${way} with locks ${locks} failed: ${why ?? ''}`),
      );
    case 'DeviceQualificationFailed':
      return step(`qualification of device ${data.device_id} ended without a result`, data.why);
    case 'DeviceQualificationLapsed':
      return step(`qualification of device ${data.device_id} lapsed, because the device has changed`);
    case 'DeviceReleased':
      return step(`device ${data.device_id} released`, data.reason);
    default:
      return step(type, JSON.stringify(data));
  }
};
