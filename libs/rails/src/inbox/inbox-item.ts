import { refusalKeys, type Actor, type Scope, type Timestamp, type WindowTerms } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';

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

/** One thing that waits for a person. */
export type InboxItem = {
  readonly kind: InboxKind;
  /**
   * The subject of the decision: an action, plan or bundle by its id, a step up by
   * `<account>/<action type>`, a switch by its stream's id.
   */
  readonly id: string;
  /**
   * The title: an action type, the name of a plan or bundle, the account of a step up, the scope of
   * a switch.
   */
  readonly title: string;
  /**
   * The entity of an action, the version of a bundle, the action type of a step up; null if the
   * title is enough.
   */
  readonly subject: string | null;
  /** What is asked of a person. */
  readonly asks: string;
  /** Why a person is asked; null where `asks` says it all. */
  readonly why: string | null;
  /** What happens without an answer; null where it waits on. */
  readonly then: string | null;
  readonly requested_at: Timestamp;
  /** null: it waits until somebody decides. */
  readonly expires_at: Timestamp | null;
  readonly approvals: number;
  readonly approvals_required: number;
};

/** The data of one stream: its subject, who may not decide on it, and what waits now. */
export type InboxEntry = {
  readonly id: string;
  readonly title: string;
  readonly subject: string | null;
  /** Every key of the people who requested it or have approved it already. */
  readonly refused: readonly string[];
  readonly item: InboxItem | null;
  /** One of them suffices to decide; absent: the scope of the kind. */
  readonly scopes?: readonly [Scope, ...Scope[]];
  /** The latest confirmation window; absent if there was none. */
  readonly window?: WindowTerms;
};

/** The members of an event, as they are read. */
export type Data = { readonly [name: string]: unknown };
/** A text of an event; empty if it has none. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** A time of an event; null if it has none. */
export const time = (value: unknown): Timestamp | null => (typeof value === 'string' ? value : null);

/** The reasons of the request, each once. */
export const whyOf = (data: Data): string | null => {
  const holds = (data['holds'] ?? []) as readonly {
    readonly reasons?: readonly { readonly detail?: string }[];
  }[];
  const details = holds.flatMap(({ reasons = [] }) => reasons.flatMap(({ detail }) => detail ?? []));
  return details.length === 0 ? null : [...new Set(details)].join('; ');
};

/** The data that decide how a window ends, from the event that opens it. */
export const termsOf = (data: Data): WindowTerms => ({
  on_elapse: data['on_elapse'] === 'expire' ? 'expire' : 'proceed',
  ...(data['told_within_s'] === undefined ? {} : { untold_s: Number(data['window_s']) }),
  ...(data['reaches_nobody'] === true ? { reaches_nobody: true } : {}),
});

/** The data of a stream, with what waits on it from now on. */
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
    requested_at: occurred_at,
    why: null,
    then: null,
    expires_at: null,
    approvals: 0,
    approvals_required: 1,
    ...item,
  },
});

/** The approval of one of several people, who are not asked again. */
export const approved = (before: InboxEntry, { data, metadata: { actor } }: RecordedEvent): InboxEntry => {
  const given = (data as Data)['approvals'];
  return {
    ...before,
    refused: [...before.refused, text((data as Data)['by']), ...refusalKeys(actor as Actor)],
    item: before.item === null ? null : { ...before.item, approvals: typeof given === 'number' ? given : 1 },
  };
};
