import {
  isSamePerson,
  refusalKeys,
  streamName,
  type Loosened,
  type Scope,
  type Timestamp,
} from '@interlock/contracts';
import type { Decider } from '../command/decider.js';
import { contentHash } from '../values/hash.js';
import { ProblemError } from '../values/problem.js';
import type { RequiredPeople } from './required-people.js';

/** Hours during which a change request can be approved. */
export const changeExpiryHours = 24;
/** The longest duration, in seconds, of a break-glass change. */
export const longestBreakGlassSeconds = 3600;
/** Days for which an invitation makes two people count as one. */
export const invitedWithinDays = 30;

/**
 * The requested change. `setting` is the stream of the setting. `revision` is the one that the
 * change is based on; `-1` for an empty stream. `command` is decided by the owner of the setting
 * once the change is approved. A person needs `scope` to approve it.
 */
export type ChangeContent = {
  readonly setting: string;
  readonly revision: string;
  readonly command: { readonly kind: string };
  readonly loosened: readonly Loosened[];
  readonly scope: Scope;
  /** The hash of the flip list. Present if the change concerns a policy. */
  readonly flip_list_hash?: string;
};

/**
 * Returns the digest that a person approves: lower-case hex SHA-256 of the content. It fixes the
 * state before and after, because a revision of a stream never changes.
 */
export const changeDigest = ({
  setting,
  revision,
  command,
  loosened,
  scope,
  flip_list_hash,
}: ChangeContent): string =>
  contentHash({
    setting,
    revision,
    command,
    loosened,
    scope,
    ...(flip_list_hash === undefined ? {} : { flip_list_hash }),
  });

/**
 * A requested change. `requester` is `person:<person_id>` or `service:<name>`. `why` is sealed if a
 * person wrote it.
 */
export type RequestedChange = ChangeContent & {
  readonly digest: string;
  readonly requester: string;
  readonly why: string | null;
  readonly required_people: RequiredPeople;
  /** Present if one person is enough because fewer than two people have signed in. */
  readonly solo?: true;
  readonly expires_at: Timestamp;
  /** True if the previous setting can be restored, so one person may break the glass. */
  readonly can_break_glass?: boolean;
};

/**
 * The data of a break-glass approval by one person, which applies at once. The previous setting is
 * in force again from `until` on. `reason` is sealed.
 */
type BrokenGlass = { readonly reason: string; readonly until: Timestamp };

export type ChangeEvent =
  | { readonly type: 'ChangeRequested'; readonly data: RequestedChange }
  | {
      readonly type: 'ChangeConsented';
      readonly data: { readonly by: string; readonly digest: string };
    }
  | {
      readonly type: 'ChangeApproved';
      readonly data: {
        readonly by: string;
        readonly digest: string;
        /**
         * The people who support the change: the requester, if that is a person, and those who
         * approved.
         */
        readonly people: readonly string[];
        /** Present if the requester alone has approved it, because one person is enough. */
        readonly solo?: true;
        /** Present if this person alone has approved it for a limited time. */
        readonly break_glass?: BrokenGlass;
      };
    }
  | { readonly type: 'ChangeRejected'; readonly data: { readonly by: string; readonly reason: string } }
  | { readonly type: 'ChangeExpired'; readonly data: { readonly expires_at: Timestamp } }
  | { readonly type: 'ChangeApplied'; readonly data: { readonly revision: string } }
  | {
      readonly type: 'ChangeEnded';
      /** `restored` is false if nothing was left to restore. `revision` is that of the setting. */
      readonly data: { readonly revision: string; readonly restored: boolean };
    }
  | { readonly type: 'ChangeVoided'; readonly data: { readonly code: string; readonly detail: string } };

export type ChangeCommand =
  | ({ readonly kind: 'RequestChange' } & RequestedChange)
  | {
      readonly kind: 'ApproveChange';
      readonly digest: string;
      readonly by: string;
      /** Every key that counts as the approver; no log keeps it. */
      readonly refused_as?: readonly string[];
      /** The people whom the approver invited within 30 days, and the approver's inviters. */
      readonly related: readonly string[];
      readonly now: Timestamp;
    }
  | {
      readonly kind: 'BreakGlass';
      readonly digest: string;
      readonly by: string;
      readonly reason: string;
      readonly seconds: number;
      readonly now: Timestamp;
    }
  | {
      readonly kind: 'RejectChange';
      readonly by: string;
      readonly reason: string;
      readonly now: Timestamp;
    }
  | { readonly kind: 'ExpireChange'; readonly now: Timestamp }
  | { readonly kind: 'NoteApplied'; readonly revision: string }
  | {
      readonly kind: 'NoteEnded';
      readonly revision: string;
      readonly restored: boolean;
      readonly now: Timestamp;
    }
  | { readonly kind: 'VoidChange'; readonly code: string; readonly detail: string };

export const changeStatuses = [
  'open',
  'approved',
  'applied',
  'ended',
  'rejected',
  'expired',
  'void',
] as const;
export type ChangeStatus = (typeof changeStatuses)[number];
export type ChangeState = {
  readonly status: ChangeStatus | 'none';
  /** Null before the request. */
  readonly change: RequestedChange | null;
  readonly requested_at: Timestamp | null;
  /** Every key that counts as the requester. */
  readonly requested_as: readonly string[];
  /** The people who have approved it. */
  readonly people: readonly string[];
  /** Every key that counts as one of them. */
  readonly approved_as: readonly string[];
  /** Null unless one person broke the glass. */
  readonly break_glass: BrokenGlass | null;
  /** True if one person alone supports the change, or one is enough. */
  readonly solo: boolean;
};

/** Returns the stream of one change request. */
export const changeStream = (tenantId: string, id: string): string => streamName('change', tenantId, id);

const isPerson = (principal: string): boolean => principal.startsWith('person:');

const wrong = (status: ChangeState['status']): ProblemError =>
  new ProblemError(
    'wrong-state',
    status === 'none' ? 'there is no such change request' : `the change request is ${status}`,
    { members: { state: status } },
  );

const openAt = (state: ChangeState, now: Timestamp): RequestedChange => {
  const { status, change } = state;
  if (status !== 'open' || change === null) throw wrong(status);
  if (now >= change.expires_at) throw wrong('expired');
  return change;
};

/** Throws unless a person approves exactly this change. */
const refuseOther = (change: RequestedChange, by: string, digest: string): void => {
  if (!isPerson(by))
    throw new ProblemError('person-required', 'only a person may approve a change that loosens', {
      remedy: 'let a person with the right approve it',
    });
  if (digest !== change.digest)
    throw new ProblemError('stale-change', 'the digest is not that of this change request', {
      remedy: 'read the change request again, and approve the digest that it shows',
    });
};

/**
 * Approves by one person, at once and for a limited time. INVARIANT: this is only possible if the
 * previous setting can be restored.
 */
const breakGlass = (
  { digest, by, reason, seconds, now }: Extract<ChangeCommand, { kind: 'BreakGlass' }>,
  state: ChangeState,
): readonly ChangeEvent[] => {
  if (state.break_glass !== null && digest === state.change?.digest) return [];
  const change = openAt(state, now);
  refuseOther(change, by, digest);
  if (change.can_break_glass !== true)
    throw new ProblemError('wrong-state', 'the previous setting could not be put back by itself', {
      remedy: 'let the people that it needs approve it',
    });
  if (!Number.isInteger(seconds) || seconds < 1 || seconds > longestBreakGlassSeconds)
    throw new RangeError(`a change by break-glass lasts 1 to ${longestBreakGlassSeconds} seconds`);
  const until = new Date(Date.parse(now) + seconds * 1000).toISOString();
  return [{ type: 'ChangeApproved', data: { by, digest, people: [by], break_glass: { reason, until } } }];
};

/**
 * Records one person's approval. INVARIANT: programs never approve. Nobody approves twice, under
 * any name. The requester alone is enough only if one person is.
 */
const approve = (
  { digest, by, refused_as = [], related, now }: Extract<ChangeCommand, { kind: 'ApproveChange' }>,
  state: ChangeState,
): readonly ChangeEvent[] => {
  const keys = [by, ...refused_as];
  const hasApproved = digest === state.change?.digest && isSamePerson(keys, state.approved_as);
  if (hasApproved && (state.status === 'approved' || state.status === 'applied')) return [];
  const change = openAt(state, now);
  const { requester, required_people: required } = change;
  refuseOther(change, by, digest);
  const isRequester = isSamePerson(keys, state.requested_as);
  if (hasApproved) return [];
  if (isRequester && required > 1)
    throw new ProblemError('same-person', 'the person who requests a change does not approve it', {
      remedy: 'let another person approve it',
    });
  if (required > 1 && isSamePerson(related, [...state.requested_as, ...state.approved_as]))
    throw new ProblemError(
      'same-person',
      `one of you invited the other within the last ${invitedWithinDays} days`,
      { remedy: 'let another person approve it' },
    );
  const before = isPerson(requester) && required > 1 ? [requester, ...state.people] : state.people;
  const people = [...before, by];
  return people.length < required
    ? [{ type: 'ChangeConsented', data: { by, digest } }]
    : [{ type: 'ChangeApproved', data: { by, digest, people, ...(by === requester ? { solo: true } : {}) } }];
};

/** Decides the streams of `changeStream`. A command that is already true writes nothing. */
export const changeDecider: Decider<ChangeCommand, ChangeEvent, ChangeState> = {
  name: 'change request',
  types: [
    'ChangeRequested',
    'ChangeConsented',
    'ChangeApproved',
    'ChangeRejected',
    'ChangeExpired',
    'ChangeApplied',
    'ChangeEnded',
    'ChangeVoided',
  ],
  initial: {
    status: 'none',
    change: null,
    requested_at: null,
    requested_as: [],
    people: [],
    approved_as: [],
    break_glass: null,
    solo: false,
  },
  decide: (command, state) => {
    const { status, change } = state;
    switch (command.kind) {
      case 'RequestChange': {
        const { kind: _kind, ...data } = command;
        if (status === 'none') return [{ type: 'ChangeRequested', data }];
        if (change?.digest === data.digest) return [];
        throw wrong(status);
      }
      case 'ApproveChange':
        return approve(command, state);
      case 'BreakGlass':
        return breakGlass(command, state);
      case 'RejectChange':
        if (status === 'rejected') return [];
        openAt(state, command.now);
        return [{ type: 'ChangeRejected', data: { by: command.by, reason: command.reason } }];
      case 'ExpireChange':
        return status === 'open' && change !== null && command.now >= change.expires_at
          ? [{ type: 'ChangeExpired', data: { expires_at: change.expires_at } }]
          : [];
      case 'NoteApplied':
        if (status === 'applied') return [];
        if (status !== 'approved') throw wrong(status);
        return [{ type: 'ChangeApplied', data: { revision: command.revision } }];
      case 'NoteEnded': {
        const { revision, restored, now } = command;
        if (status === 'ended') return [];
        if (status !== 'applied' || state.break_glass === null) throw wrong(status);
        if (now < state.break_glass.until) throw wrong(status);
        return [{ type: 'ChangeEnded', data: { revision, restored } }];
      }
      case 'VoidChange': {
        const { code, detail } = command;
        if (status === 'void') return [];
        if (status !== 'approved' && status !== 'open') throw wrong(status);
        return [{ type: 'ChangeVoided', data: { code, detail } }];
      }
    }
  },
  evolve: (state, event) => {
    const keys = refusalKeys(event.metadata.actor);
    switch (event.type) {
      case 'ChangeRequested':
        return {
          ...state,
          status: 'open',
          change: event.data,
          requested_at: event.metadata.occurred_at,
          requested_as: [...new Set([event.data.requester, ...keys])],
          solo: event.data.solo === true,
        };
      case 'ChangeConsented':
        return {
          ...state,
          people: [...state.people, event.data.by],
          approved_as: [...new Set([...state.approved_as, event.data.by, ...keys])],
        };
      case 'ChangeApproved':
        return {
          ...state,
          status: 'approved',
          people: event.data.people,
          solo: state.solo || event.data.solo === true,
          approved_as: [...new Set([...state.approved_as, event.data.by, ...keys])],
          break_glass: event.data.break_glass ?? null,
        };
      case 'ChangeRejected':
        return { ...state, status: 'rejected' };
      case 'ChangeExpired':
        return { ...state, status: 'expired' };
      case 'ChangeApplied':
        return { ...state, status: 'applied' };
      case 'ChangeEnded':
        return { ...state, status: 'ended' };
      case 'ChangeVoided':
        return { ...state, status: 'void' };
    }
  },
};
