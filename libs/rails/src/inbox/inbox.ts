import {
  fileBrakeId,
  actionEndTypes,
  isSamePerson,
  parseStream,
  refusalKeys,
  whyWindowAsked,
  windowOutcome,
  type Actor,
  type Scope,
  type WindowTerms,
} from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { onChange } from './inbox-change.js';
import {
  approved,
  asked,
  gatesOf,
  termsOf,
  text,
  time,
  whyOf,
  type Data,
  type InboxEntry,
  type InboxItem,
  type InboxKind,
} from './inbox-item.js';
import { planEnds } from '../plan/plan-events.js';

/** The scope that may decide, by kind. */
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
  change: 'AUTONOMY_ADMIN',
};

/** The categories of streams in which something can wait for a person. */
export const inboxCategories = [
  'action',
  'plan',
  'bundle',
  'autonomy',
  'kill_switch',
  'brake',
  'trust_lock',
  'change',
] as const;

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
      agent: text(intent['agent']),
      account_id: text(intent['account_id']),
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
    case 'ConfirmationWindowOpened': {
      const window = termsOf(data);
      return {
        ...asked(before, event, {
          kind: 'window',
          asks: 'confirm or reject it',
          why: whyOf(data),
          gates: gatesOf(data),
          then: windowOutcome(window).detail,
          expires_at: time(data['due_at']),
        }),
        window,
      };
    }
    case 'ConfirmationWindowStarted':
    case 'ConfirmationWindowExtended': {
      if (before.item === null || before.window === undefined) return before;
      const window: WindowTerms = { on_elapse: before.window.on_elapse };
      return {
        ...before,
        item: { ...before.item, then: windowOutcome(window).detail, expires_at: time(data['due_at']) },
        window,
      };
    }
    case 'ApprovalRequested':
      return asked(before, event, {
        kind: 'approval',
        asks: 'approve or reject it',
        why:
          [whyWindowAsked(text(data['cause']), before.window ?? null)?.detail ?? null, whyOf(data)]
            .filter((one) => one !== null)
            .join('; ') || null,
        gates: gatesOf(data),
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
  // A started plan needs no more approvals.
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
    // One approval by another person is enough.
    case 'BundleApproved':
      return before === undefined ? undefined : { ...before, item: null };
    case 'BundleReleased':
    case 'BundleDeleted':
      return undefined;
    default:
      return before;
  }
};

/**
 * An outcome that speaks against a step up withdraws its proposal (libs/autonomy, `earnedDecider`).
 */
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
      {
        id: `${account}/${type}`,
        title: account,
        subject: type,
        account_id: account,
        refused: [],
        item: null,
      },
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

/**
 * Returns what waits on a stream after an event; undefined if nothing can wait there any more.
 * Unknown events change nothing. Pure.
 */
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
      // The input file releases the brake that it has engaged, and no person does.
      return stream.id === fileBrakeId ? before : onStop(before, event, 'brake');
    case 'trust_lock':
      return onStop(before, event, stream.category);
    case 'change':
      return onChange(before, event, stream.id);
    default:
      return before;
  }
};

/** The viewer: whether it is a person, its scopes, and every key that identifies this person. */
export type Viewer = {
  readonly person: boolean;
  readonly scopes: readonly Scope[];
  readonly keys: readonly string[];
};

/** Returns why a viewer may not decide on an item; null if they may. Pure. */
export const whyNotTheirs = (
  kind: InboxKind,
  { refused, scopes: enough = [inboxScopes[kind]] }: Pick<InboxEntry, 'refused' | 'scopes'>,
  { person, scopes, keys }: Viewer,
): string | null => {
  if (!enough.some((scope) => scopes.includes(scope))) return `the scope ${enough.join(' or ')} is needed`;
  if (!person) return 'only a person may decide';
  return isSamePerson(keys, refused) ? 'another person than you must decide' : null;
};

/**
 * Returns the sort key of an item in an inbox: earliest expiry first, then longest wait. A page
 * continues from this key.
 */
export const inboxKey = ({
  kind,
  id,
  requested_at,
  expires_at,
}: InboxItem): readonly [string, string, string] => [expires_at ?? '9999', requested_at, `${kind} ${id}`];
