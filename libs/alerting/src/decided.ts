import { actorKey } from '@interlock/contracts';
import type { Decided, DecidedStreams, DomainEvent, Recorded } from '@interlock/kernel';
import { alertDecider, type AlertCommand, type AlertEvent, type AlertState, type Firing } from './alert.js';
import { incidentDecider, type IncidentCommand, type IncidentEvent, type IncidentState } from './incident.js';
import { isReported, ruleOf } from './rules/table.js';
import { reportedBy } from './reported.js';

/**
 * True for an alert that a service or external monitoring reports; no event of the log causes it.
 */
export const isReportedAlert = (data: object): boolean => {
  const { name, order } = data as Partial<Pick<Firing, 'name' | 'order'>>;
  const rule = name === undefined ? undefined : ruleOf(name);
  return order?.log.startsWith(reportedBy) === true || (rule !== undefined && isReported(rule));
};

/** A note names its writer. */
const namesItsWriter = ({ data, metadata: { actor } }: Recorded<DomainEvent>): boolean => {
  const { by } = data as { readonly by?: string };
  return by === undefined || by === actorKey(actor);
};

export const alertDecided: Decided<AlertCommand, AlertEvent, AlertState> = {
  category: 'alert',
  kind: 'alert',
  decider: alertDecider,
  // An end without an event is a person's.
  holds: (event) =>
    namesItsWriter(event) &&
    (event.type !== 'AlertResolved' || event.data.cause !== null || event.data.by !== undefined),
};

export const incidentDecided: Decided<IncidentCommand, IncidentEvent, IncidentState> = {
  category: 'incident',
  kind: 'incident',
  decider: incidentDecider,
  holds: namesItsWriter,
};

/** The streams of this context. */
export const alertingStreams: readonly DecidedStreams[] = [alertDecided, incidentDecided];
