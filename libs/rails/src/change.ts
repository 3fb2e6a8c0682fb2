import { streamName, type Timestamp } from '@interlock/contracts';
import { ProblemError, type Decider, type Loosened } from '@interlock/kernel';

/** Hours for which a change request may be approved. */
export const changeExpiryHours = 24;
/** How many people a loosening change needs, the requester among them if that is a person. */
export type RequiredPeople = 1 | 2 | 3;
export const defaultRequiredPeople: RequiredPeople = 2;

/**
 * What would change. `setting` is the stream of the setting, `revision` the one that the change is
 * based on, null for a stream without events. `command` is what its owner executes once it is
 * approved. `digest` is the hash of all of it, and what a person approves.
 */
export type ChangeContent = {
  readonly setting: string;
  readonly revision: string | null;
  readonly command: object;
  readonly before_hash: string;
  readonly after_hash: string;
  readonly loosened: readonly Loosened[];
  /** Hash of the flip list, where the change is of a policy. */
  readonly flip_list_hash?: string;
  readonly digest: string;
};
/** Who requests, as an intent's requester has it: `person:<person_id>` or `service:<name>`. */
type Requested = ChangeContent & {
  readonly requester: string;
  /** A sentence of the requester; sealed where a person wrote it. */
  readonly why: string;
  readonly required_people: RequiredPeople;
  readonly expires_at: Timestamp;
};

export type ChangeEvent =
  | { readonly type: 'ChangeRequested'; readonly data: Requested }
  | {
      readonly type: 'ChangeConsented';
      readonly data: { readonly by: string; readonly digest: string };
    }
  | {
      readonly type: 'ChangeApproved';
      readonly data: {
        readonly by: string;
        readonly digest: string;
        readonly people: readonly string[];
        /** Present where the requester alone has approved it, because one person suffices. */
        readonly solo?: true;
      };
    }
  | { readonly type: 'ChangeRejected'; readonly data: { readonly by: string; readonly reason: string } }
  | { readonly type: 'ChangeExpired'; readonly data: { readonly expires_at: Timestamp } }
  | {
      readonly type: 'ChangeApplied';
      readonly data: { readonly event_id: string; readonly revision: string };
    }
  | {
      readonly type: 'ChangeVoided';
      readonly data: { readonly code: string; readonly detail: string };
    };

/** A person who approves, and the principals whose word counts as the same person's. */
export type Approver = {
  /** `person:<person_id>`. */
  readonly person: string;
  /**
   * Every person whom this person invited within 30 days, and who invited this person within 30
   * days.
   */
  readonly related: readonly string[];
};

export type ChangeCommand =
  | ({ readonly kind: 'RequestChange' } & Requested)
  | {
      readonly kind: 'ApproveChange';
      readonly digest: string;
      readonly approver: Approver;
      readonly now: Timestamp;
    }
  | {
      readonly kind: 'RejectChange';
      readonly by: string;
      readonly reason: string;
      readonly now: Timestamp;
    }
  | { readonly kind: 'ExpireChange'; readonly now: Timestamp }
  | { readonly kind: 'NoteApplied'; readonly event_id: string; readonly revision: string }
  | { readonly kind: 'VoidChange'; readonly code: string; readonly detail: string };

export type ChangeStatus = 'none' | 'open' | 'approved' | 'applied' | 'rejected' | 'expired' | 'void';
export type ChangeState = {
  readonly status: ChangeStatus;
  /** null before the request. */
  readonly change: Requested | null;
  /** The people who stand for it, the requester first if that is a person who has confirmed. */
  readonly people: readonly string[];
};

/** Stream of one change request. */
export const changeStream = (tenantId: string, id: string): string => streamName('change', tenantId, id);

export const isPerson = (principal: string): boolean => principal.startsWith('person:');

const wrong = (status: ChangeStatus): ProblemError =>
  new ProblemError(
    'wrong-state',
    status === 'none' ? 'there is no such change request' : `the change request is ${status}`,
    { members: { state: status } },
  );

const openAt = (state: ChangeState, now: Timestamp): Requested => {
  const { status, change } = state;
  if (status !== 'open' || change === null) throw wrong(status);
  if (now >= change.expires_at) throw wrong('expired');
  return change;
};

/**
 * INVARIANT: programs never approve; nobody approves twice, under whatever name; the requester
 * alone suffices only where one person does.
 */
const approve = (
  { digest, approver: { person, related } }: Extract<ChangeCommand, { kind: 'ApproveChange' }>,
  { requester, required_people, digest: requested }: Requested,
  people: readonly string[],
): readonly ChangeEvent[] => {
  if (!isPerson(person))
    throw new ProblemError('person-required', 'only a person may approve a change that loosens', {
      remedy: 'let a person with the right approve it',
    });
  if (digest !== requested)
    throw new ProblemError('stale-change', 'the digest is not that of this change request', {
      remedy: 'read the change request again, and approve the digest that it shows',
    });
  if (people.includes(person)) return [];
  const isRequester = person === requester;
  const known = isPerson(requester) ? [requester, ...people] : people;
  const alike = known.find((one) => one !== person && related.includes(one));
  if (alike !== undefined || (isRequester && required_people > 1))
    throw new ProblemError(
      'same-person',
      isRequester
        ? 'the person who requests a change does not approve it'
        : 'one of you invited the other within the last 30 days',
      { remedy: 'let another person approve it' },
    );
  const after = [...people, person];
  const count = new Set(isPerson(requester) && required_people > 1 ? [requester, ...after] : after).size;
  return count < required_people
    ? [{ type: 'ChangeConsented', data: { by: person, digest } }]
    : [
        {
          type: 'ChangeApproved',
          data: { by: person, digest, people: after, ...(isRequester ? { solo: true } : {}) },
        },
      ];
};

/** Stream of `changeStream`. What is so already writes nothing. */
export const changeDecider: Decider<ChangeCommand, ChangeEvent, ChangeState> = {
  name: 'change request',
  types: [
    'ChangeRequested',
    'ChangeConsented',
    'ChangeApproved',
    'ChangeRejected',
    'ChangeExpired',
    'ChangeApplied',
    'ChangeVoided',
  ],
  initial: { status: 'none', change: null, people: [] },
  decide: (command, state) => {
    const { status, change, people } = state;
    switch (command.kind) {
      case 'RequestChange': {
        const { kind: _kind, ...data } = command;
        if (status === 'none') return [{ type: 'ChangeRequested', data }];
        if (change?.digest === data.digest) return [];
        throw wrong(status);
      }
      case 'ApproveChange':
        return approve(command, openAt(state, command.now), people);
      case 'RejectChange':
        if (status === 'rejected') return [];
        openAt(state, command.now);
        return [{ type: 'ChangeRejected', data: { by: command.by, reason: command.reason } }];
      case 'ExpireChange':
        return status === 'open' && change !== null && command.now >= change.expires_at
          ? [{ type: 'ChangeExpired', data: { expires_at: change.expires_at } }]
          : [];
      case 'NoteApplied': {
        const { event_id, revision } = command;
        if (status === 'applied') return [];
        if (status !== 'approved') throw wrong(status);
        return [{ type: 'ChangeApplied', data: { event_id, revision } }];
      }
      case 'VoidChange': {
        const { code, detail } = command;
        if (status === 'void') return [];
        if (status !== 'approved' && status !== 'open') throw wrong(status);
        return [{ type: 'ChangeVoided', data: { code, detail } }];
      }
    }
  },
  evolve: (state, { type, data }) => {
    switch (type) {
      case 'ChangeRequested':
        return { status: 'open', change: data, people: [] };
      case 'ChangeConsented':
        return { ...state, people: [...state.people, data.by] };
      case 'ChangeApproved':
        return { ...state, status: 'approved', people: data.people };
      case 'ChangeRejected':
        return { ...state, status: 'rejected' };
      case 'ChangeExpired':
        return { ...state, status: 'expired' };
      case 'ChangeApplied':
        return { ...state, status: 'applied' };
      case 'ChangeVoided':
        return { ...state, status: 'void' };
    }
  },
};
