import { refusalKeys, type Actor, type Scope, type Timestamp, type WindowTerms } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import type { GateName } from '../gates/table.js';

/**
 * The kinds of items that wait for a person: an action in its window or awaiting approval, a plan,
 * a bundle, a step of earned autonomy, a release, a change request.
 */
export const inboxKinds = [
  'window',
  'approval',
  'plan',
  'bundle',
  'step_up',
  'threshold',
  'kill_switch',
  'brake',
  'trust_lock',
  'change',
] as const;
export type InboxKind = (typeof inboxKinds)[number];

/** One item that waits for a person. */
export type InboxItem = {
  readonly kind: InboxKind;
  /**
   * The id of the subject: an action, plan or bundle by its own id, a step up by `<account>/<action
   * type>`, a switch by its stream's id.
   */
  readonly id: string;
  /**
   * The title: an action type, the name of a plan or bundle, the account of a step up, the scope of
   * a switch.
   */
  readonly title: string;
  /**
   * A detail of the subject: the entity of an action, the version of a bundle, the action type of a
   * step up; null if the title is enough.
   */
  readonly subject: string | null;
  /** The agent of an action; null for every other kind. */
  readonly agent: string | null;
  /** The account of an action or of a step up; null for every other kind. */
  readonly account_id: string | null;
  /** The gates that ask for a person; empty for every kind but actions. */
  readonly gates: readonly GateName[];
  /** What the person is asked to decide. */
  readonly asks: string;
  /** Why a person is asked; null if `asks` says it all. */
  readonly why: string | null;
  /** What happens without an answer; null if it keeps waiting. */
  readonly then: string | null;
  readonly requested_at: Timestamp;
  /** When the item expires; null if it waits until somebody decides. */
  readonly expires_at: Timestamp | null;
  readonly approvals: number;
  readonly approvals_required: number;
};

/**
 * The data of one stream: its subject, the people who may not decide on it, and the item that waits
 * now.
 */
export type InboxEntry = {
  readonly id: string;
  readonly title: string;
  readonly subject: string | null;
  /** Every key of the people who requested it, or have approved it already. */
  readonly refused: readonly string[];
  readonly item: InboxItem | null;
  /** The agent and the account of the intent; absent if the stream has none. */
  readonly agent?: string;
  readonly account_id?: string;
  /** The scopes of which one is enough to decide; absent for the scope of the kind. */
  readonly scopes?: readonly [Scope, ...Scope[]];
  /** The latest confirmation window; absent if there was none. */
  readonly window?: WindowTerms;
};

/** The members of an event, read by name. */
export type Data = { readonly [name: string]: unknown };
/** Returns a text of an event; empty if it has none. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** Returns a time of an event; null if it has none. */
export const time = (value: unknown): Timestamp | null => (typeof value === 'string' ? value : null);

type HoldData = {
  readonly gate?: GateName;
  readonly reasons?: readonly { readonly detail?: string }[];
};
const holdsOf = (data: Data): readonly HoldData[] => (data['holds'] ?? []) as readonly HoldData[];

/** The gates that hold the action, each once. */
export const gatesOf = (data: Data): readonly GateName[] => [
  ...new Set(holdsOf(data).flatMap(({ gate }) => gate ?? [])),
];

/** Returns the reasons of the request, each once. */
export const whyOf = (data: Data): string | null => {
  const details = holdsOf(data).flatMap(({ reasons = [] }) => reasons.flatMap(({ detail }) => detail ?? []));
  return details.length === 0 ? null : [...new Set(details)].join('; ');
};

/** Returns the terms on which a window ends, from the event that opens it. */
export const termsOf = (data: Data): WindowTerms => ({
  on_elapse: data['on_elapse'] === 'expire' ? 'expire' : 'proceed',
  ...(data['notify_within_s'] === undefined ? {} : { unnotified_s: Number(data['window_s']) }),
  ...(data['reaches_nobody'] === true ? { reaches_nobody: true } : {}),
});

/** Returns the data of a stream, with the item that waits from now on. */
export const asked = (
  before: InboxEntry,
  { metadata: { occurred_at } }: RecordedEvent,
  item: Pick<InboxItem, 'kind' | 'asks'> & Partial<InboxItem>,
): InboxEntry => ({
  ...before,
  item: {
    id: before.id,
    title: before.title,
    subject: before.subject,
    agent: before.agent ?? null,
    account_id: before.account_id ?? null,
    gates: [],
    requested_at: occurred_at,
    why: null,
    then: null,
    expires_at: null,
    approvals: 0,
    approvals_required: 1,
    ...item,
  },
});

/** Returns the entry after one of several people approved; this person is not asked again. */
export const approved = (before: InboxEntry, { data, metadata: { actor } }: RecordedEvent): InboxEntry => {
  const given = (data as Data)['approvals'];
  return {
    ...before,
    refused: [...before.refused, text((data as Data)['by']), ...refusalKeys(actor as Actor)],
    item: before.item === null ? null : { ...before.item, approvals: typeof given === 'number' ? given : 1 },
  };
};
