import { actorKey, raisedAlerts, type Actor } from '@interlock/contracts';
import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import { alertDecider, type AlertCommand, type AlertEvent, type AlertState } from './alert.js';
import { incidentDecider, type IncidentCommand, type IncidentEvent, type IncidentState } from './incident.js';

/** True for an alert that a service tells of itself: no event calls for it. */
export const isRaised = (data: object): boolean =>
  (raisedAlerts as readonly unknown[]).includes((data as { readonly name?: unknown }).name);

/** A note names whoever wrote it. */
const isOwnNote = ({ by }: { readonly by: string }, actor: Actor): boolean => by === actorKey(actor);

export const alertRecall: RecalledStreams<AlertCommand, AlertEvent, AlertState> = {
  category: 'alert',
  kind: 'alert',
  decider: alertDecider,
  recall: ([{ type, data, metadata }]) => {
    switch (type) {
      case 'AlertFired':
        return isRaised(data) ? [{ kind: 'raise', data }] : [{ kind: 'fire', data }];
      case 'AlertResolved':
        return [{ kind: 'end', detail: data.detail, cause: data.cause }];
      case 'AlertAcknowledged':
        return isOwnNote(data, metadata.actor) ? [{ kind: 'acknowledge', ...data }] : [];
    }
  },
};

export const incidentRecall: RecalledStreams<IncidentCommand, IncidentEvent, IncidentState> = {
  category: 'incident',
  kind: 'incident',
  decider: incidentDecider,
  recall: ([
    {
      type,
      data,
      metadata: { actor },
    },
  ]) => {
    if (type === 'IncidentOpened') return [{ kind: 'open', data }];
    if (!isOwnNote(data, actor)) return [];
    if (type === 'IncidentAcknowledged') return [{ kind: 'acknowledge', ...data }];
    const isOver = actor.kind === 'service' && actor.service === 'alerting';
    return [{ kind: isOver ? 'over' : 'resolve', ...data }];
  },
};

/** The streams of this context. */
export const alertingStreams: readonly DecidedStreams[] = [alertRecall, incidentRecall];
