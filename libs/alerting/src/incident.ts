import type { Severity, Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';

/** Something a person must look at (stream `incident-<tenant>:<incident_id>`). */
export type IncidentOpened = {
  readonly incident_id: string;
  readonly severity: Severity;
  readonly title: string;
  readonly detail: string;
  /** The event that it was opened for. */
  readonly cause: { readonly event_id: string; readonly type: string; readonly stream: string };
  readonly action_id: string | null;
  readonly entity_id: string | null;
  /** Who caused it, and when; left out where no one did. */
  readonly caused_by?: string;
  readonly caused_at?: Timestamp;
  /** It stands for something that goes on: it is resolved when that is over, by nobody before. */
  readonly stands?: true;
};
export type IncidentEvent =
  | { readonly type: 'IncidentOpened'; readonly data: IncidentOpened }
  | {
      readonly type: 'IncidentAcknowledged';
      readonly data: { readonly by: string; readonly note: string | null };
    }
  | {
      readonly type: 'IncidentResolved';
      readonly data: { readonly by: string; readonly note: string | null };
    };
export type IncidentCommand =
  | { readonly kind: 'open'; readonly data: IncidentOpened }
  /** `over`: what it stood for has ended. */
  | { readonly kind: 'acknowledge' | 'resolve' | 'over'; readonly by: string; readonly note: string | null };
export type IncidentState = {
  readonly status: 'none' | 'open' | 'acknowledged' | 'resolved';
  readonly stands?: boolean;
};

export const incidentDecider: Decider<IncidentCommand, IncidentEvent, IncidentState> = {
  name: 'incident',
  types: ['IncidentOpened', 'IncidentAcknowledged', 'IncidentResolved'],
  initial: { status: 'none' },
  decide: (command, state) => {
    if (command.kind === 'open')
      return state.status === 'none' ? [{ type: 'IncidentOpened', data: command.data }] : [];
    if (state.status === 'none') throw new ProblemError('not-found', 'there is no such incident');
    const { by, note } = command;
    if (command.kind === 'resolve' && state.stands === true && state.status !== 'resolved') {
      throw new ProblemError('wrong-state', 'what the incident stands for goes on', {
        members: { state: state.status },
        remedy: 'end that; the incident is resolved then',
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
      case 'IncidentResolved':
        return { status: 'resolved' };
    }
  },
};
