import { refusalKeys, type Actor, type Timestamp, type WindowTerms } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';

/** What can wait for a person: an action in its window or for a yes, a plan, a bundle, a step of earned autonomy, a release. */
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
] as const;
export type InboxKind = (typeof inboxKinds)[number];

/** One thing that waits for a person. */
export type InboxItem = {
  readonly kind: InboxKind;
  /** What is decided on: an action, plan or bundle by its id, a step up by `<account>/<action type>`, a switch by its stream's id. */
  readonly id: string;
  /** What it is about: an action type, a plan's or a bundle's name, the account of a step up, the scope of a switch. */
  readonly title: string;
  /** The entity of an action, the version of a bundle, the action type of a step up; null where the title says it all. */
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

/** What is known of one stream: what it is about, who may not decide on it, and what waits now. */
export type InboxEntry = {
  readonly id: string;
  readonly title: string;
  readonly subject: string | null;
  /** Every key of the people who asked for it, or said yes already. */
  readonly refused: readonly string[];
  readonly item: InboxItem | null;
  /** The confirmation window that was opened last; absent where none was. */
  readonly window?: WindowTerms;
};

/** What an event says, as it is read. */
export type Data = { readonly [name: string]: unknown };
/** A text of an event; empty where it holds none. */
export const text = (value: unknown): string => (typeof value === 'string' ? value : '');
/** A time of an event; null where it holds none. */
export const time = (value: unknown): Timestamp | null => (typeof value === 'string' ? value : null);

/** The reasons of what is asked, each once. */
export const whyOf = (data: Data): string | null => {
  const holds = (data['holds'] ?? []) as readonly {
    readonly reasons?: readonly { readonly detail?: string }[];
  }[];
  const details = holds.flatMap(({ reasons = [] }) => reasons.flatMap(({ detail }) => detail ?? []));
  return details.length === 0 ? null : [...new Set(details)].join('; ');
};

/** What decides how the window ends that an event opens. */
export const termsOf = (data: Data): WindowTerms => ({
  on_elapse: data['on_elapse'] === 'expire' ? 'expire' : 'proceed',
  ...(data['told_within_s'] === undefined ? {} : { untold_s: Number(data['window_s']) }),
  ...(data['reaches_nobody'] === true ? { reaches_nobody: true } : {}),
});

/** What is known of a stream, with what waits on it from now on. */
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

/** A yes of one of several people: they are not asked again. */
export const approved = (before: InboxEntry, { data, metadata: { actor } }: RecordedEvent): InboxEntry => {
  const given = (data as Data)['approvals'];
  return {
    ...before,
    refused: [...before.refused, text((data as Data)['by']), ...refusalKeys(actor as Actor)],
    item: before.item === null ? null : { ...before.item, approvals: typeof given === 'number' ? given : 1 },
  };
};
