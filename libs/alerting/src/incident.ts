import type { Severity, Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';

/** The subject of an incident beside its cause; each one is shown with it. */
export type IncidentLink = {
  readonly kind: 'action' | 'bundle' | 'alert';
  /** The action's, bundle's or alert's id. */
  readonly id: string;
  /** The stream in which it continues. */
  readonly stream: string;
};
/** Something a person must look at (stream `incident-<tenant>:<incident_id>`). */
export type IncidentOpened = {
  readonly incident_id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  /** The event for which it was opened. */
  readonly cause: { readonly event_id: string; readonly type: string; readonly stream: string };
  readonly action_id: string | null;
  readonly entity_id: string | null;
  /** Who caused it, and when; absent if nobody did. */
  readonly caused_by?: string;
  readonly caused_at?: Timestamp;
  /** It represents an ongoing condition. It is resolved when that ends, and by nobody before. */
  readonly stands?: true;
};
export type IncidentEvent =
  | { readonly type: 'IncidentOpened'; readonly data: IncidentOpened }
  | {
      readonly type: 'IncidentAcknowledged';
      readonly data: { readonly by: string; readonly note: string | null };
    }
  | { readonly type: 'IncidentNoted'; readonly data: { readonly by: string; readonly note: string } }
  | { readonly type: 'IncidentLinked'; readonly data: IncidentLink }
  | {
      readonly type: 'IncidentResolved';
      readonly data: { readonly by: string; readonly note: string | null };
    };
export type IncidentCommand =
  | { readonly kind: 'open'; readonly data: IncidentOpened }
  | { readonly kind: 'link'; readonly data: IncidentLink }
  | { readonly kind: 'note'; readonly by: string; readonly note: string }
  /** `over`: the condition has ended. */
  | { readonly kind: 'acknowledge' | 'resolve' | 'over'; readonly by: string; readonly note: string | null };
export type IncidentState = {
  readonly status: 'none' | 'open' | 'acknowledged' | 'resolved';
  readonly stands?: boolean;
  /** Its links, as `kind id`. */
  readonly linked?: readonly string[];
};
const linkOf = ({ kind, id }: IncidentLink): string => `${kind} ${id}`;

export const incidentDecider: Decider<IncidentCommand, IncidentEvent, IncidentState> = {
  name: 'incident',
  types: ['IncidentOpened', 'IncidentAcknowledged', 'IncidentNoted', 'IncidentLinked', 'IncidentResolved'],
  initial: { status: 'none' },
  decide: (command, state) => {
    if (command.kind === 'open')
      return state.status === 'none' ? [{ type: 'IncidentOpened', data: command.data }] : [];
    // A stream without an opened incident has nothing to end or link.
    if (state.status === 'none' && (command.kind === 'over' || command.kind === 'link')) return [];
    if (state.status === 'none') throw new ProblemError('not-found', 'there is no such incident');
    if (command.kind === 'link')
      return state.linked?.includes(linkOf(command.data)) === true
        ? []
        : [{ type: 'IncidentLinked', data: command.data }];
    if (command.kind === 'note')
      return [{ type: 'IncidentNoted', data: { by: command.by, note: command.note } }];
    const { by, note } = command;
    if (command.kind === 'resolve' && state.stands === true && state.status !== 'resolved') {
      throw new ProblemError('wrong-state', 'the condition behind the incident continues', {
        members: { state: state.status },
        remedy: 'clear the condition; the incident is then resolved',
      });
    }
    if (command.kind === 'resolve' || command.kind === 'over')
      return state.status === 'resolved' ? [] : [{ type: 'IncidentResolved', data: { by, note } }];
    if (state.status === 'resolved')
      throw new ProblemError('wrong-state', 'the incident is resolved', { members: { state: state.status } });
    return state.status === 'acknowledged' ? [] : [{ type: 'IncidentAcknowledged', data: { by, note } }];
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'IncidentOpened':
        return { status: 'open', ...(event.data.stands === true ? { stands: true } : {}) };
      case 'IncidentAcknowledged':
        return { ...state, status: 'acknowledged' };
      case 'IncidentNoted':
        return state;
      case 'IncidentLinked':
        return { ...state, linked: [...(state.linked ?? []), linkOf(event.data)] };
      case 'IncidentResolved':
        return { ...state, status: 'resolved' };
    }
  },
};
