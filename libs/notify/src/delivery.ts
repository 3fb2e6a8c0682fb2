import type { Decider } from '@interlock/kernel';
import type { NoticeKind } from './notice.js';

/**
 * The final result of a notice on one channel. `reference`: the receiver's name for it, such as the
 * number of an issue.
 */
export type Delivered = {
  readonly channel_id: string;
  readonly dedup_key: string;
  readonly alert_id: string;
  readonly episode: number;
  readonly what: NoticeKind | 'accepted' | 'outcome' | 'refused';
  readonly attempts: number;
  readonly detail: string;
  readonly reference: string | null;
};
type Replayed = Pick<Delivered, 'channel_id' | 'dedup_key' | 'alert_id'>;
/** Nobody acknowledged in time, so the next route is notified. */
type Escalated = {
  readonly alert_id: string;
  readonly episode: number;
  readonly from_route: string;
  readonly to_route: string;
  readonly detail: string;
};

/**
 * Stream `delivery-<tenant>:<alert_id>`: how an alert reached people, or how the notices of an
 * action reached webhooks. `alert_id` is then the action's id, or for a refused intent the id of
 * the record of its refusal. `NotificationFailed` is final unless somebody asks for the notice
 * again.
 */
export type DeliveryEvent =
  | { readonly type: 'NotificationDelivered'; readonly data: Delivered }
  | { readonly type: 'NotificationFailed'; readonly data: Delivered }
  | { readonly type: 'NotificationReplayed'; readonly data: Replayed }
  | { readonly type: 'NotificationEscalated'; readonly data: Escalated };
export type DeliveryCommand =
  | { readonly kind: 'delivered' | 'failed'; readonly data: Delivered }
  | { readonly kind: 'replay'; readonly data: Replayed }
  | { readonly kind: 'escalate'; readonly data: Escalated };
export type DeliveryState = {
  /** By channel and key, the final result. */
  readonly ended: { readonly [notice: string]: 'delivered' | 'failed' };
  /** By channel and key, how often the notice was asked for again. */
  readonly replays: { readonly [notice: string]: number };
  /** By channel and episode, the receiver's reference. */
  readonly references: { readonly [episode: string]: string };
  readonly escalated: readonly string[];
};

export const endedKey = ({
  channel_id,
  dedup_key,
}: {
  readonly channel_id: string;
  readonly dedup_key: string;
}): string => `${channel_id}/${dedup_key}`;
export const referenceKey = ({
  channel_id,
  episode,
}: {
  readonly channel_id: string;
  readonly episode: number;
}): string => `${channel_id}/${episode}`;
const escalationKey = ({ episode, from_route, to_route }: Escalated): string =>
  `${episode}/${from_route}/${to_route}`;

/** A delivery ends once, and once more after each replay; a repeat writes nothing. */
export const deliveryDecider: Decider<DeliveryCommand, DeliveryEvent, DeliveryState> = {
  name: 'delivery',
  types: ['NotificationDelivered', 'NotificationFailed', 'NotificationReplayed', 'NotificationEscalated'],
  initial: { ended: {}, replays: {}, references: {}, escalated: [] },
  decide: (command, state) => {
    switch (command.kind) {
      case 'delivered':
        return state.ended[endedKey(command.data)] === undefined
          ? [{ type: 'NotificationDelivered', data: command.data }]
          : [];
      case 'failed':
        return state.ended[endedKey(command.data)] === undefined
          ? [{ type: 'NotificationFailed', data: command.data }]
          : [];
      case 'replay':
        return state.ended[endedKey(command.data)] === undefined
          ? []
          : [{ type: 'NotificationReplayed', data: command.data }];
      case 'escalate':
        return state.escalated.includes(escalationKey(command.data))
          ? []
          : [{ type: 'NotificationEscalated', data: command.data }];
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'NotificationDelivered': {
        const { reference } = event.data;
        return {
          ...state,
          ended: { ...state.ended, [endedKey(event.data)]: 'delivered' },
          references:
            reference === null
              ? state.references
              : { ...state.references, [referenceKey(event.data)]: reference },
        };
      }
      case 'NotificationFailed':
        return { ...state, ended: { ...state.ended, [endedKey(event.data)]: 'failed' } };
      case 'NotificationReplayed': {
        const key = endedKey(event.data);
        const { [key]: _, ...ended } = state.ended;
        return { ...state, ended, replays: { ...state.replays, [key]: (state.replays[key] ?? 0) + 1 } };
      }
      case 'NotificationEscalated':
        return { ...state, escalated: [...state.escalated, escalationKey(event.data)] };
    }
  },
};
