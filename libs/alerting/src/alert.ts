import { severities, type Severity, type Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider } from '@interlock/kernel';
import { detailOf } from './detail.js';
import type { Figures } from './figures.js';
import { compareOrder, type LogOrder } from './order.js';

/** The event, or the request of a service, that made an alert fire or end. */
export type Cause = { readonly event_id: string; readonly type: string; readonly stream: string };
/** Log positions of the first and the last event that show the condition. */
export type Evidence = { readonly from: string; readonly to: string };

/**
 * The content of a firing alert: everything of `AlertFired` except the episode, which the decider
 * counts.
 */
export type Firing = {
  readonly alert_id: string;
  readonly name: string;
  readonly fingerprint: string;
  readonly severity: Severity;
  readonly detail: string;
  readonly cause: Cause;
  /** The subject of the alert, e.g. a stream; with the name it makes the fingerprint. */
  readonly subject: string;
  /**
   * The name of the occurrence. Another occurrence pages again while the alert holds, in an episode
   * of its own.
   */
  readonly firing: string;
  /** Absent if the service that reports it has no events for it. */
  readonly evidence?: Evidence;
  /** Path of the runbook and its step, e.g. `docs/runbooks/red_flips.md#what-to-do`. */
  readonly runbook: string;
  readonly order: LogOrder;
  readonly manual_intervention_required?: boolean;
  /** The page of the console on which a person decides, with its query. */
  readonly page?: string;
  /** The figures that its rule used. */
  readonly figures?: Partial<Figures>;
};
/**
 * A condition that holds (stream `alert-<tenant>:<alert_id>`, with an id made from its
 * fingerprint). Firing again updates it; the end of the condition resolves it.
 */
export type AlertFired = Firing & {
  /** 1 for the first. Every firing after an end, and every repeated page, begins the next. */
  readonly episode: number;
};
export type AlertEvent =
  | { readonly type: 'AlertFired'; readonly data: AlertFired }
  | {
      readonly type: 'AlertAcknowledged';
      readonly data: { readonly by: string; readonly note: string | null; readonly episode: number };
    }
  | {
      readonly type: 'AlertSilenced';
      /** No channel receives the alert before `until`; null ends a silence. */
      readonly data: {
        readonly by: string;
        readonly note: string | null;
        readonly until: Timestamp | null;
        readonly episode: number;
      };
    }
  | {
      readonly type: 'AlertNoted';
      readonly data: { readonly by: string; readonly note: string; readonly episode: number };
    }
  | {
      readonly type: 'AlertResolved';
      readonly data: {
        /**
         * The end of a rule's finding repeats the last report of the episode, through `endDetail`.
         */
        readonly detail: string;
        /** Null if a person closed it. */
        readonly cause: Cause | null;
        readonly episode: number;
        /** Absent if a person closed it. */
        readonly order?: LogOrder;
        /** The next episode begins at once: the alert pages again. */
        readonly superseded?: true;
        /** The person who closed it. */
        readonly by?: string;
        readonly figures?: Partial<Figures>;
      };
    };

export type AlertCommand =
  | { readonly kind: 'fire'; readonly data: Firing }
  /**
   * Like `fire`, reported by the service that the alert is about. A repeat while the alert holds is
   * nothing new, and the same cause may return.
   */
  | { readonly kind: 'raise'; readonly data: Firing }
  | {
      readonly kind: 'end';
      /** Absent: it follows from the last report of the episode. */
      readonly detail?: string;
      readonly cause: Cause;
      readonly order: LogOrder;
      readonly figures?: Partial<Figures>;
    }
  /** `episode`: the one that the person has seen; the command is not about any other. */
  | {
      readonly kind: 'acknowledge';
      readonly by: string;
      readonly note: string | null;
      readonly episode?: number;
    }
  | {
      readonly kind: 'silence';
      readonly by: string;
      readonly note: string | null;
      readonly until: Timestamp | null;
      readonly now: Timestamp;
    }
  | { readonly kind: 'note'; readonly by: string; readonly note: string }
  | { readonly kind: 'close'; readonly by: string; readonly note: string };

export type AlertState = {
  readonly status: 'none' | 'firing' | 'acknowledged' | 'resolved';
  /** Ids of the latest causes. */
  readonly seen: readonly string[];
  readonly name?: string;
  readonly episode: number;
  /** The occurrence of this episode, and the worst severity with which it has paged. */
  readonly firing?: string;
  readonly severity?: Severity;
  /** The last report of the episode. */
  readonly detail?: string;
  /** The position of the event that last fired or ended it; absent if it is not known. */
  readonly order?: LogOrder;
  readonly silenced_until?: Timestamp | null;
  /** The last episode ended because the next begins at once. */
  readonly superseded?: true;
};

const kept = 100;
/** The text about a condition that has ended. */
export const endDetail = (detail: string): string => detailOf(`it is over: ${detail}`);
const longestSilenceMs = 30 * 86_400_000;
/**
 * INVARIANT: evidence that the log was changed never ends by itself, and no order in that log hides
 * it.
 */
const closedByPeople = ['log_tampered', 'forged_event', 'open_work_missed'] as const;
const onlyPeopleClose = (name: string | undefined): boolean =>
  (closedByPeople as readonly (string | undefined)[]).includes(name);
const holds = ({ status }: AlertState): boolean => status === 'firing' || status === 'acknowledged';
const isWorse = (a: Severity, b: Severity | undefined): boolean =>
  b !== undefined && severities.indexOf(a) > severities.indexOf(b);

const wrongState = (detail: string, state: AlertState): ProblemError =>
  new ProblemError('wrong-state', detail, { members: { state: state.status, episode: state.episode } });

/** The end of an episode whose alert pages again at once. */
export const supersededBy = (
  { cause, order }: Firing,
  episode: number,
): Extract<AlertEvent, { readonly type: 'AlertResolved' }>['data'] => ({
  detail: 'it pages again: the next episode begins',
  cause,
  episode,
  order,
  superseded: true,
});

/** The events of a firing: an update of the episode, a new one, or the end of one and the next. */
const fired = (data: Firing, state: AlertState): readonly AlertEvent[] => {
  const holding = holds(state);
  const again = holding && (data.firing !== state.firing || isWorse(data.severity, state.severity));
  const episode = holding && !again ? Math.max(1, state.episode) : state.episode + 1;
  const firing: AlertEvent = { type: 'AlertFired', data: { ...data, episode } };
  if (!again) return [firing];
  return [{ type: 'AlertResolved', data: supersededBy(data, state.episode) }, firing];
};

/**
 * True if the report is older than the last one, so that it neither revives nor changes anything.
 */
const isLate = (order: LogOrder, state: AlertState): boolean =>
  state.order !== undefined && compareOrder(order, state.order) < 0;

const fire = (data: Firing, state: AlertState): readonly AlertEvent[] => {
  const { cause, firing, order, severity } = data;
  const known = state.seen.includes(cause.event_id);
  if (onlyPeopleClose(data.name)) return known ? [] : fired(data, state);
  if (isLate(order, state)) return [];
  if (holds(state)) {
    return known && firing === state.firing && !isWorse(severity, state.severity) ? [] : fired(data, state);
  }
  const repeats =
    known &&
    state.superseded !== true &&
    (state.order === undefined || compareOrder(order, state.order) === 0);
  return repeats ? [] : fired(data, state);
};

const raise = (data: Firing, state: AlertState): readonly AlertEvent[] =>
  isLate(data.order, state) || (holds(state) && state.seen.includes(data.cause.event_id))
    ? []
    : fired(data, state);

const end = (
  { detail: given, cause, order, figures }: Extract<AlertCommand, { readonly kind: 'end' }>,
  state: AlertState,
): readonly AlertEvent[] => {
  if (!holds(state)) return [];
  // INVARIANT: later findings of a rule without a new cause are not reported. So the end repeats
  // what was reported, and follows from the stream alone.
  const detail = given ?? endDetail(state.detail ?? '');
  if (onlyPeopleClose(state.name)) return [];
  if (isLate(order, state)) return [];
  return [
    {
      type: 'AlertResolved',
      data: {
        detail,
        cause,
        episode: state.episode,
        order,
        ...(figures === undefined ? {} : { figures }),
      },
    },
  ];
};

/**
 * Throws `not-found` if it never fired, and `wrong-state` if it is over or the command is about
 * another episode.
 */
const requireHolding = (state: AlertState, episode?: number): void => {
  if (state.status === 'none') throw new ProblemError('not-found', 'there is no such alert');
  if (state.status === 'resolved') throw wrongState('the alert is resolved', state);
  if (episode !== undefined && episode !== state.episode)
    throw wrongState(`the alert is in episode ${state.episode}, not ${episode}`, state);
};

const silenced = (
  { by, note, until, now }: Extract<AlertCommand, { readonly kind: 'silence' }>,
  state: AlertState,
): readonly AlertEvent[] => {
  if (state.status === 'none') throw new ProblemError('not-found', 'there is no such alert');
  const ahead = until === null ? 0 : Date.parse(until) - Date.parse(now);
  if (until !== null && !(ahead > 0 && ahead <= longestSilenceMs))
    throw new ProblemError('validation-failed', 'the silence has no end that can be', {
      violations: [{ pointer: '/until', detail: 'must be a time ahead, within 30 days' }],
    });
  return until === (state.silenced_until ?? null)
    ? []
    : [{ type: 'AlertSilenced', data: { by, note, until, episode: state.episode } }];
};

export const alertDecider: Decider<AlertCommand, AlertEvent, AlertState> = {
  name: 'alert',
  types: ['AlertFired', 'AlertAcknowledged', 'AlertSilenced', 'AlertNoted', 'AlertResolved'],
  initial: { status: 'none', seen: [], episode: 0 },
  decide: (command, state) => {
    switch (command.kind) {
      case 'fire':
        return fire(command.data, state);
      case 'raise':
        return raise(command.data, state);
      case 'end':
        return end(command, state);
      case 'acknowledge': {
        requireHolding(state, command.episode);
        const { by, note } = command;
        return state.status === 'acknowledged'
          ? []
          : [{ type: 'AlertAcknowledged', data: { by, note, episode: state.episode } }];
      }
      case 'silence':
        return silenced(command, state);
      case 'note': {
        if (state.status === 'none') throw new ProblemError('not-found', 'there is no such alert');
        return [
          {
            type: 'AlertNoted',
            data: { by: command.by, note: command.note, episode: state.episode },
          },
        ];
      }
      case 'close': {
        requireHolding(state);
        if (!onlyPeopleClose(state.name))
          throw wrongState('the alert ends by itself, when its condition does', state);
        const { by, note } = command;
        return [{ type: 'AlertResolved', data: { detail: note, cause: null, episode: state.episode, by } }];
      }
    }
  },
  evolve: (state, event) => {
    switch (event.type) {
      case 'AlertFired': {
        const { episode, cause, name, firing, severity, detail, order } = event.data;
        const begins = episode !== state.episode;
        const silence = state.silenced_until;
        return {
          status: state.status === 'acknowledged' && !begins ? 'acknowledged' : 'firing',
          seen: [...state.seen.filter((id) => id !== cause.event_id), cause.event_id].slice(-kept),
          name,
          episode,
          detail,
          severity: begins || isWorse(severity, state.severity) ? severity : (state.severity ?? severity),
          firing,
          order,
          ...(silence === undefined ? {} : { silenced_until: silence }),
        };
      }
      case 'AlertAcknowledged':
        return { ...state, status: 'acknowledged' };
      case 'AlertSilenced':
        return { ...state, silenced_until: event.data.until };
      case 'AlertNoted':
        return state;
      case 'AlertResolved': {
        const { order, superseded } = event.data;
        return {
          ...state,
          status: 'resolved',
          ...(order === undefined ? {} : { order }),
          ...(superseded === undefined ? {} : { superseded }),
        };
      }
    }
  },
};
