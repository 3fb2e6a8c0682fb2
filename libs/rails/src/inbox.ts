import {
  actionEndTypes,
  isSamePerson,
  parseStream,
  refusalKeys,
  type Actor,
  type Scope,
  type Timestamp,
} from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { planEnds } from './plan/plan-events.js';

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

/** The scope that decides on each kind. */
export const inboxScopes: { readonly [kind in InboxKind]: Scope } = {
  window: 'AUTONOMOUS_APPROVE',
  approval: 'AUTONOMOUS_APPROVE',
  plan: 'AUTONOMOUS_APPROVE',
  bundle: 'POLICY_ACTIVATE',
  step_up: 'AUTONOMY_ADMIN',
  threshold: 'AUTONOMY_ADMIN',
  kill_switch: 'AUTONOMOUS_KILL',
  brake: 'POSTURE_WRITE',
  trust_lock: 'POSTURE_WRITE',
};

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
};

type Data = { readonly [name: string]: unknown };
const text = (value: unknown): string => (typeof value === 'string' ? value : '');
const time = (value: unknown): Timestamp | null => (typeof value === 'string' ? value : null);

/** The reasons of what is asked, each once. */
const whyOf = (data: Data): string | null => {
  const holds = (data['holds'] ?? []) as readonly {
    readonly reasons?: readonly { readonly detail?: string }[];
  }[];
  const details = holds.flatMap(({ reasons = [] }) => reasons.flatMap(({ detail }) => detail ?? []));
  return details.length === 0 ? null : [...new Set(details)].join('; ');
};

/** The categories of streams on which something can wait for a person. */
export const inboxCategories = [
  'action',
  'plan',
  'bundle',
  'autonomy',
  'kill_switch',
  'brake',
  'trust_lock',
] as const;

const asked = (
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
const approved = (before: InboxEntry, { data, metadata: { actor } }: RecordedEvent): InboxEntry => {
  const given = (data as Data)['approvals'];
  return {
    ...before,
    refused: [...before.refused, text((data as Data)['by']), ...refusalKeys(actor as Actor)],
    item: before.item === null ? null : { ...before.item, approvals: typeof given === 'number' ? given : 1 },
  };
};

const endsOfActions: ReadonlySet<string> = new Set(actionEndTypes);
const onAction = (
  before: InboxEntry | undefined,
  event: RecordedEvent,
  id: string,
): InboxEntry | undefined => {
  const data = event.data as Data;
  if (event.type === 'IntentAccepted') {
    const intent = (data['intent'] ?? {}) as Data;
    const claimed = [data['claimed_by'], ...((data['claimed_as'] ?? []) as readonly unknown[])];
    return {
      id,
      title: text(intent['action_type']),
      subject: text(intent['entity_id']),
      refused: [
        text(data['requester']),
        ...refusalKeys(event.metadata.actor as Actor),
        ...claimed.filter((one) => typeof one === 'string'),
      ],
      item: null,
    };
  }
  if (before === undefined || endsOfActions.has(event.type)) return undefined;
  switch (event.type) {
    case 'ConfirmationWindowOpened':
      return asked(before, event, {
        kind: 'window',
        asks: 'confirm or reject it',
        why: whyOf(data),
        then: data['on_elapse'] === 'expire' ? 'it does not run' : 'it goes on if its gates still hold',
        expires_at: time(data['due_at']),
      });
    case 'ConfirmationWindowStarted':
    case 'ConfirmationWindowExtended':
      return before.item === null
        ? before
        : { ...before, item: { ...before.item, expires_at: time(data['due_at']) } };
    case 'ApprovalRequested':
      return asked(before, event, {
        kind: 'approval',
        asks: 'approve or reject it',
        why: whyOf(data),
        then: 'it does not run',
        expires_at: time(data['expires_at']),
        approvals_required: data['approvals_required'] === 2 ? 2 : 1,
      });
    case 'ActionApproved':
    case 'ActionConfirmed':
      return approved(before, event);
    case 'ReservationRequested':
      return { ...before, item: null };
    default:
      return before;
  }
};

const onPlan = (before: InboxEntry | undefined, event: RecordedEvent, id: string): InboxEntry | undefined => {
  const data = event.data as Data;
  if (event.type === 'PlanSubmitted')
    return {
      id,
      title: text(data['description']) || text(data['submission_id']),
      subject: null,
      refused: [text(data['requester']), ...refusalKeys(event.metadata.actor as Actor)],
      item: null,
    };
  // A plan that was started asks for nothing any more.
  if (before === undefined || event.type === 'PlanStarted' || Object.hasOwn(planEnds, event.type))
    return undefined;
  if (event.type === 'PlanApproved') return approved(before, event);
  if (event.type !== 'PlanApprovalRequested') return before;
  const nodes = (data['nodes'] as readonly unknown[] | undefined)?.length ?? 0;
  return asked(before, event, {
    kind: 'plan',
    asks: `approve or reject its ${nodes} actions together`,
    then: 'none of them runs',
    expires_at: time(data['expires_at']),
    approvals_required: data['approvals_required'] === 2 ? 2 : 1,
  });
};

const onBundle = (
  before: InboxEntry | undefined,
  event: RecordedEvent,
  id: string,
): InboxEntry | undefined => {
  const data = event.data as Data;
  const author = refusalKeys(event.metadata.actor as Actor);
  switch (event.type) {
    case 'BundleCreated':
      return { id, title: 'Policy bundle', subject: text(data['version']), refused: author, item: null };
    case 'BundleUpdated':
      return before === undefined
        ? undefined
        : {
            ...before,
            subject: text(data['version']),
            refused: [...before.refused, ...author],
            item: null,
          };
    case 'BundleAdopted':
      return before === undefined ? undefined : { ...before, refused: [...before.refused, ...author] };
    case 'FlipListMade':
      return before === undefined
        ? undefined
        : asked(before, event, { kind: 'bundle', asks: 'read its flip list, and approve it' });
    // One other person's yes is enough.
    case 'BundleApproved':
      return before === undefined ? undefined : { ...before, item: null };
    case 'BundleReleased':
    case 'BundleDeleted':
      return undefined;
    default:
      return before;
  }
};

/** An outcome that speaks against a step up takes its proposal away (libs/autonomy, `earnedDecider`). */
const speaksAgainst = ({ type, data }: RecordedEvent): boolean => {
  const { counted, asked: answer } = data as Data;
  return (
    (type === 'OutcomeCounted' && (counted === 'bad' || answer === 'not_approved')) ||
    (type === 'OutcomeJudged' && counted === 'bad')
  );
};
const stepEnds: ReadonlySet<string> = new Set([
  'StepUpSigned',
  'StepUpRefused',
  'SteppedDown',
  'StepDownLifted',
  'StepOverridden',
]);
const thresholdEnds: ReadonlySet<string> = new Set([
  'ThresholdSigned',
  'ThresholdAdapted',
  'AdaptiveThresholdsDisabled',
]);
const onAutonomy = (
  before: InboxEntry | undefined,
  event: RecordedEvent,
  id: string,
): InboxEntry | undefined => {
  if (event.type === 'StepUpProposed') {
    const [account = '', type = ''] = id.slice('earned='.length).split('/');
    return asked(
      { id: `${account}/${type}`, title: account, subject: type, refused: [], item: null },
      event,
      { kind: 'step_up', asks: 'sign the step up or refuse it' },
    );
  }
  if (event.type === 'ThresholdProposed')
    return asked(
      {
        id: id.slice('threshold='.length),
        title: id.slice('threshold='.length),
        subject: null,
        refused: [],
        item: null,
      },
      event,
      { kind: 'threshold', asks: 'sign the lower threshold' },
    );
  return stepEnds.has(event.type) || thresholdEnds.has(event.type) || speaksAgainst(event)
    ? undefined
    : before;
};

const onSwitch = (
  before: InboxEntry | undefined,
  event: RecordedEvent,
  id: string,
): InboxEntry | undefined => {
  const data = event.data as Data;
  if (event.type === 'KillSwitchReleased') return undefined;
  if (event.type === 'KillSwitchEngaged') {
    const named = ['action_type', 'account_id', 'agent', 'site_id'].map((name) => text(data[name])).join('');
    const waiting = {
      id,
      title: text(data['scope']),
      subject: named === '' ? null : named,
      refused: [],
      item: null,
    };
    return asked(waiting, event, {
      kind: 'kill_switch',
      asks: 'ask for its release once the cause is mended',
    });
  }
  if (event.type !== 'KillSwitchReleaseRequested' || before === undefined) return before;
  const expires_at = time(data['expires_at']);
  return {
    ...asked(before, event, {
      kind: 'kill_switch',
      asks: 'complete the release that another person asked for',
      then: 'it stays engaged, and the release must be asked for again',
      expires_at,
      approvals: 1,
      approvals_required: 2,
    }),
    refused: [text(data['by']), ...refusalKeys(event.metadata.actor as Actor)],
  };
};

const onStop = (
  before: InboxEntry | undefined,
  event: RecordedEvent,
  kind: 'brake' | 'trust_lock',
): InboxEntry | undefined => {
  const words = {
    brake: { on: 'BrakeEngaged', off: 'BrakeReleased', title: 'Safety brake', asks: 'release it' },
    trust_lock: { on: 'TrustLocked', off: 'TrustUnlocked', title: 'Trust lock', asks: 'unlock it' },
  }[kind];
  if (event.type === words.off) return undefined;
  if (event.type !== words.on) return before;
  const waiting = { id: kind, title: words.title, subject: null, refused: [], item: null };
  return asked(waiting, event, { kind, asks: `${words.asks} once the cause is mended` });
};

/** What waits on a stream after an event; undefined where nothing can wait there any more. Unknown events change nothing. Pure. */
export const waitingAfter = (
  before: InboxEntry | undefined,
  event: RecordedEvent,
): InboxEntry | undefined => {
  const stream = parseStream(event.stream);
  if (stream === undefined) return before;
  switch (stream.category) {
    case 'action':
      return onAction(before, event, stream.id);
    case 'plan':
      return onPlan(before, event, stream.id);
    case 'bundle':
      return onBundle(before, event, stream.id);
    case 'autonomy':
      return onAutonomy(before, event, stream.id);
    case 'kill_switch':
      return onSwitch(before, event, stream.id);
    case 'brake':
    case 'trust_lock':
      return onStop(before, event, stream.category);
    default:
      return before;
  }
};

/** Who looks: whether a person, with which scopes, and every key that counts as them. */
export type Looker = {
  readonly person: boolean;
  readonly scopes: readonly Scope[];
  readonly keys: readonly string[];
};

/** Why somebody may not decide on what waits; null where they may. Pure. */
export const whyNotTheirs = (
  kind: InboxKind,
  refused: readonly string[],
  { person, scopes, keys }: Looker,
): string | null => {
  const scope = inboxScopes[kind];
  if (!scopes.includes(scope)) return `the scope ${scope} is needed`;
  if (!person) return 'only a person may decide';
  return isSamePerson(keys, refused) ? 'another person than you must decide' : null;
};

/** The order of an inbox: the soonest to expire first, then what waits the longest. Its key is what a page goes on from. */
export const inboxKey = ({
  kind,
  id,
  requested_at,
  expires_at,
}: InboxItem): readonly [string, string, string] => [expires_at ?? '9999', requested_at, `${kind} ${id}`];
