import { actorKey, type Actor } from '@interlock/contracts';
import type { DecidedStreams, RecalledStreams } from '@interlock/kernel';
import { alertDecider, type AlertCommand, type AlertEvent, type AlertState, type Firing } from './alert.js';
import { incidentDecider, type IncidentCommand, type IncidentEvent, type IncidentState } from './incident.js';
import type { LogOrder } from './order.js';
import { isTold, ruleOf } from './rules/table.js';
import { toldBy } from './told.js';

/** True for an alert that was told, by a service or by the monitoring beside Interlock: no event of the log calls for it. */
export const isToldAlert = (data: object): boolean => {
  const { name, order } = data as Partial<Pick<Firing, 'name' | 'order'>>;
  const rule = name === undefined ? undefined : ruleOf(name);
  return order?.log.startsWith(toldBy) === true || (rule !== undefined && isTold(rule));
};

/** As releases before version 3 wrote it, and as a service tells it, the end's words are its teller's own. */
const hasOwnWords = (order: LogOrder | undefined, version: number): boolean =>
  version < 3 || order === undefined || order.log.startsWith(toldBy);

/** A note names whoever wrote it. */
const isOwnNote = ({ by }: { readonly by: string }, actor: Actor): boolean => by === actorKey(actor);

/** A page again ends an episode and begins the next in one append: the end alone is recalled from what began. */
const isSuperseded = (events: readonly { readonly type: string; readonly data: object }[]): boolean =>
  events.some(
    ({ type, data }) =>
      type === 'AlertResolved' && (data as { readonly superseded?: boolean }).superseded === true,
  );

export const alertRecall: RecalledStreams<AlertCommand, AlertEvent, AlertState> = {
  category: 'alert',
  kind: 'alert',
  decider: alertDecider,
  recall: (events) => {
    const fired = events.find(({ type }) => type === 'AlertFired');
    if (isSuperseded(events) && fired === undefined) return null;
    const { type, data, metadata } = fired ?? events[0];
    switch (type) {
      case 'AlertFired': {
        const { episode: _, ...firing } = data;
        return isToldAlert(data) ? [{ kind: 'raise', data: firing }] : [{ kind: 'fire', data: firing }];
      }
      case 'AlertResolved': {
        const { detail, cause, order, figures, by } = data;
        if (cause === null)
          return by === undefined || !isOwnNote({ by }, metadata.actor)
            ? []
            : [{ kind: 'close', by, note: detail }];
        return [
          {
            kind: 'end',
            cause,
            ...(hasOwnWords(order, metadata.schema_version) ? { detail } : {}),
            ...(order === undefined ? {} : { order }),
            ...(figures === undefined ? {} : { figures }),
          },
        ];
      }
      case 'AlertAcknowledged': {
        const { by, note, episode } = data;
        if (!isOwnNote(data, metadata.actor)) return [];
        return [{ kind: 'acknowledge', by, note, ...(episode === undefined ? { version: 1 } : {}) }];
      }
      case 'AlertSilenced': {
        const { by, note, until } = data;
        return isOwnNote(data, metadata.actor)
          ? [{ kind: 'silence', by, note, until, now: metadata.occurred_at }]
          : [];
      }
      case 'AlertNoted':
        return isOwnNote(data, metadata.actor) ? [{ kind: 'note', by: data.by, note: data.note }] : [];
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
    if (type === 'IncidentLinked') return [{ kind: 'link', data }];
    if (!isOwnNote(data, actor)) return [];
    if (type === 'IncidentNoted') return [{ kind: 'note', ...data }];
    if (type === 'IncidentAcknowledged') return [{ kind: 'acknowledge', ...data }];
    const isOver = actor.kind === 'service' && actor.service === 'alerting';
    return [{ kind: isOver ? 'over' : 'resolve', ...data }];
  },
};

/** The streams of this context. */
export const alertingStreams: readonly DecidedStreams[] = [alertRecall, incidentRecall];
