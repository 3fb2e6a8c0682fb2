import { actionEndTypes, parseStream, windowOutcome } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { changeMatter } from './change.js';
import { approvalWords, question, text, type Data, type Matter } from './matter.js';

const windowWords = ({ on_elapse, window_s, reaches_nobody }: Data): string => {
  // This notice has reached people, so the window ends like one whose clock runs.
  const { detail } = windowOutcome({
    on_elapse: on_elapse === 'expire' ? 'expire' : 'proceed',
    ...(reaches_nobody === true ? { unnotified_s: Number(window_s ?? 0), reaches_nobody } : {}),
  });
  return `may be stopped before its confirmation window ends; then ${detail}`;
};

const actionMatter: Matter = {
  kinds: ['window', 'approval'],
  category: 'action',
  subject: (id) => `action \`${id}\``,
  asks: {
    // A window ends by itself and warns of nothing, so it has no expiry here.
    ConfirmationWindowOpened: (data) => ({ text: windowWords(data), expires_at: null, digest: null }),
    ApprovalRequested: (data) => question(approvalWords(data), data),
  },
  ends: ['ReservationRequested', ...actionEndTypes],
  page: (id) => `/approvals?id=${encodeURIComponent(id)}`,
};

const planMatter: Matter = {
  kinds: ['plan'],
  category: 'plan',
  subject: (id) => `plan \`${id}\``,
  asks: { PlanApprovalRequested: (data) => question(approvalWords(data, ' of all its actions'), data) },
  ends: ['PlanStarted', 'PlanRejected', 'PlanExpired', 'PlanCancelled', 'PlanCancelledByKillSwitch'],
  page: (id) => `/plans/${encodeURIComponent(id)}`,
};

const bundleMatter: Matter = {
  kinds: ['bundle'],
  category: 'bundle',
  subject: (id) => `policy bundle \`${id}\``,
  asks: { FlipListMade: (data) => question('waits for another person to approve it', data) },
  ends: ['BundleApproved', 'BundleUpdated', 'BundleReleased', 'BundleDeleted'],
  page: (id) => `/studio/${encodeURIComponent(id)}/rollout`,
};

const earned = 'earned=';
const stepUpMatter: Matter = {
  kinds: ['step_up'],
  category: 'autonomy',
  covers: (id) => id.startsWith(earned),
  subject: (id) => `account and action type \`${id.slice(earned.length)}\``,
  asks: {
    StepUpProposed: (data) => question('earned a step up, which waits for a signature', data),
  },
  ends: [
    'StepUpSigned',
    'StepUpRefused',
    'SteppedDown',
    'StepDownLifted',
    'StepOverridden',
    'OutcomeCounted',
    'OutcomeJudged',
  ],
  // Only an outcome that speaks against the step up withdraws its proposal.
  keeps: ({ type, data }) => {
    const { counted, asked } = data as { readonly counted?: string; readonly asked?: string | null };
    return (
      (type === 'OutcomeCounted' && counted !== 'bad' && asked !== 'not_approved') ||
      (type === 'OutcomeJudged' && counted !== 'bad')
    );
  },
  page: () => '/autonomy',
};

const threshold = 'threshold=';
const thresholdMatter: Matter = {
  kinds: ['threshold'],
  category: 'autonomy',
  covers: (id) => id.startsWith(threshold),
  subject: (id) => `action type \`${id.slice(threshold.length)}\``,
  asks: {
    ThresholdProposed: (data) =>
      question(
        `would get a lower confidence threshold, ${String(data['to'] ?? 'unknown')} instead of ${String(data['from'] ?? 'unknown')}, which waits for a signature`,
        data,
      ),
  },
  ends: ['ThresholdSigned', 'ThresholdAdapted', 'AdaptiveThresholdsDisabled'],
  page: () => '/autonomy',
};

const releaseMatter: Matter = {
  kinds: ['kill_switch'],
  category: 'kill_switch',
  subject: (id) => `kill switch \`${id}\``,
  asks: {
    KillSwitchReleaseRequested: (data) =>
      question(
        `may be released by another person than the one who requested it, until ${text(data['expires_at']) || 'the request expires'}`,
        data,
      ),
  },
  ends: ['KillSwitchReleased', 'KillSwitchEngaged'],
  endsByClock: true,
  page: () => '/',
};

/** Every decision that waits for a person and raises an alert. */
export const matters: readonly Matter[] = [
  actionMatter,
  planMatter,
  bundleMatter,
  stepUpMatter,
  thresholdMatter,
  releaseMatter,
  changeMatter,
];

/** The matter of a stream, and the stream's id; undefined if nothing waits for a person there. */
export const matterOf = (stream: string): { readonly matter: Matter; readonly id: string } | undefined => {
  const { category, id = '' } = parseStream(stream) ?? {};
  const matter = matters.find((one) => one.category === category && one.covers?.(id) !== false);
  return matter === undefined ? undefined : { matter, id };
};

/** The event types of all matters, by category, with `further` ones. */
export const matterEvents = (
  further: { readonly [category: string]: readonly string[] } = {},
): { readonly [category: string]: readonly string[] } =>
  Object.fromEntries(
    [...new Set(matters.map(({ category }) => category))].map((category) => [
      category,
      [
        ...new Set([
          ...matters
            .filter((one) => one.category === category)
            .flatMap(({ asks, ends }) => [...Object.keys(asks), ...ends]),
          ...(further[category] ?? []),
        ]),
      ],
    ]),
  );

/** What waits on a stream, from the event that asked. */
export type Asked = {
  readonly text: string;
  readonly expires_at: string | null;
  readonly page: string;
};

/** What an event does: it asks, it ends what was asked, or neither. Pure. */
export const askedBy = (event: RecordedEvent): Asked | 'ends' | 'nothing' => {
  const found = matterOf(event.stream);
  if (found === undefined) return 'nothing';
  const { matter, id } = found;
  const asks = matter.asks[event.type]?.(event.data as Data) ?? null;
  if (asks !== null) {
    const page = matter.page(id);
    const { digest, expires_at } = asks;
    return {
      text: `${matter.subject(id)} ${asks.text}`,
      expires_at,
      page:
        digest === null
          ? page
          : `${page}${page.includes('?') ? '&' : '?'}digest=${encodeURIComponent(digest)}`,
    };
  }
  return matter.ends.includes(event.type) && matter.keeps?.(event) !== true ? 'ends' : 'nothing';
};
