import type { AlertEvent, IncidentEvent } from '@interlock/alerting';

type TimelineEntry = { readonly text: string | null; readonly severity: string | null };

/**
 * Returns the timeline entry of an event. Texts stay as in the log: a sealed text is decrypted only
 * for readers with access.
 */
export const timelineEntryOf = (event: AlertEvent | IncidentEvent): TimelineEntry => {
  switch (event.type) {
    case 'AlertFired':
    case 'IncidentOpened':
      return { text: event.data.detail, severity: event.data.severity };
    case 'AlertResolved':
      return { text: event.data.detail, severity: null };
    case 'AlertSilenced': {
      const { until, note } = event.data;
      return { text: note ?? (until === null ? 'the silence is over' : `until ${until}`), severity: null };
    }
    case 'IncidentLinked':
      return { text: `${event.data.kind} ${event.data.id}`, severity: null };
    case 'AlertAcknowledged':
    case 'AlertNoted':
    case 'IncidentAcknowledged':
    case 'IncidentNoted':
    case 'IncidentResolved':
      return { text: event.data.note, severity: null };
  }
};
