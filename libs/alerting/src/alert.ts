import type { Severity } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';

/** A condition that holds (stream `alert-<tenant>:<alert_id>`, the id made of its fingerprint): firing again updates it, the condition's end resolves it. */
export type AlertFired = {
  readonly alert_id: string;
  readonly name: string;
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly detail: string;
  readonly cause: { readonly event_id: string; readonly type: string; readonly stream: string };
};
export type AlertEvent =
  | { readonly type: 'AlertFired'; readonly data: AlertFired }
  | {
      readonly type: 'AlertAcknowledged';
      readonly data: { readonly by: string; readonly note: string | null };
    }
  | {
      readonly type: 'AlertResolved';
      readonly data: { readonly detail: string; readonly cause: AlertFired['cause'] };
    };
export type AlertCommand =
  | { readonly kind: 'fire'; readonly data: AlertFired }
  /** As `fire`, told by the service that the alert is about: what it tells again while the alert holds is nothing new, and the same cause may come back. */
  | { readonly kind: 'raise'; readonly data: AlertFired }
  | { readonly kind: 'end'; readonly detail: string; readonly cause: AlertFired['cause'] }
  | { readonly kind: 'acknowledge'; readonly by: string; readonly note: string | null };
export type AlertState = {
  readonly status: 'none' | 'firing' | 'acknowledged' | 'resolved';
  readonly seen: readonly string[];
};

const kept = 100;
const holds = ({ status }: AlertState): boolean => status === 'firing' || status === 'acknowledged';

export const alertDecider: Decider<AlertCommand, AlertEvent, AlertState> = {
  name: 'alert',
  types: ['AlertFired', 'AlertAcknowledged', 'AlertResolved'],
  initial: { status: 'none', seen: [] },
  decide: (command, state) => {
    switch (command.kind) {
      case 'fire':
        return state.seen.includes(command.data.cause.event_id)
          ? []
          : [{ type: 'AlertFired', data: command.data }];
      case 'raise':
        return holds(state) && state.seen.includes(command.data.cause.event_id)
          ? []
          : [{ type: 'AlertFired', data: command.data }];
      case 'end':
        return holds(state)
          ? [{ type: 'AlertResolved', data: { detail: command.detail, cause: command.cause } }]
          : [];
      case 'acknowledge': {
        if (state.status === 'none') throw new ProblemError('not-found', 'there is no such alert');
        if (state.status === 'resolved')
          throw new ProblemError('wrong-state', 'the alert is resolved', {
            members: { state: state.status },
          });
        return state.status === 'acknowledged'
          ? []
          : [{ type: 'AlertAcknowledged', data: { by: command.by, note: command.note } }];
      }
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'AlertFired':
        return {
          status: state.status === 'acknowledged' ? 'acknowledged' : 'firing',
          seen: [...state.seen, event.data.cause.event_id].slice(-kept),
        };
      case 'AlertAcknowledged':
        return { ...state, status: 'acknowledged' };
      case 'AlertResolved':
        return { ...state, status: 'resolved' };
    }
  },
};
