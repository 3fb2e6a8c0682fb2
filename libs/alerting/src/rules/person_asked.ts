import { actionEndTypes, defaults, parseStream, windowOutcome, type Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Asked = { readonly seen: Seen; readonly question: string; readonly isEscalated: boolean };
type Open = { readonly [action: string]: Asked };
type Window = {
  readonly on_elapse?: string;
  readonly due_at?: Timestamp;
  readonly window_s?: number;
  readonly reaches_nobody?: true;
};
type Approval = { readonly approvals_required?: number; readonly expires_at?: Timestamp };

const questionOf = ({ type, data }: RecordedEvent): string | null => {
  if (type === 'ConfirmationWindowOpened') {
    const { on_elapse, window_s, reaches_nobody } = data as Window;
    // This notice has reached people, so the window ends like one whose clock runs.
    const { detail } = windowOutcome({
      on_elapse: on_elapse === 'expire' ? 'expire' : 'proceed',
      ...(reaches_nobody === true ? { untold_s: window_s ?? 0, reaches_nobody } : {}),
    });
    return `may be stopped before its confirmation window ends; then ${detail}`;
  }
  if (type === 'ApprovalRequested') {
    const { approvals_required, expires_at } = data as Approval;
    return `waits for ${approvals_required === 2 ? 'two approvals' : 'an approval'} until ${expires_at ?? 'it expires'}`;
  }
  if (type === 'PlanApprovalRequested') {
    const { approvals_required, expires_at } = data as Approval;
    return `waits for ${approvals_required === 2 ? 'two approvals' : 'an approval'} of all its actions until ${expires_at ?? 'it expires'}`;
  }
  if (type === 'FlipListMade') return 'waits for another person to approve it';
  if (type === 'StepUpProposed') return 'earned a step up, which waits for a signature';
  return null;
};

/** The name of each category of streams. */
const nouns: { readonly [category: string]: string } = {
  action: 'action',
  plan: 'plan',
  bundle: 'policy bundle',
  autonomy: 'account and action type',
};

/** The subject of the stream; for a step up, its account and action type. */
const subjectOf = (stream: string): string => {
  const { category = '', id = '' } = parseStream(stream) ?? {};
  return `${nouns[category] ?? category} \`${category === 'autonomy' ? id.slice('earned='.length) : id}\``;
};

/** True for an outcome that withdraws a proposed step up. */
const keepsProposal = ({ type, data }: RecordedEvent): boolean => {
  const { counted, asked } = data as { readonly counted?: string; readonly asked?: string | null };
  return (
    (type === 'OutcomeCounted' && counted !== 'bad' && asked !== 'not_approved') ||
    (type === 'OutcomeJudged' && counted !== 'bad')
  );
};

/**
 * An action needs a person: in a confirmation window or for an approval. The rule also covers a
 * plan, a bundle and a step up. The alert ends with the approval, which is when the action requests
 * its reservation, or with the action. A confirmation window's clock starts when the notice is
 * delivered (docs/channels.md, Delivery). An approval that waits too long pages again as `high`, so
 * that the routes of that severity are notified as well. The action itself says when
 * (`ApprovalEscalated`).
 */
export const personAsked = rule<Open>({
  name: 'person_asked',
  condition:
    'An action, a plan, a bundle or a step up waits for a person, in a confirmation window or for an approval (medium); an approval waits for more than 15 min (high, and it pages again)',
  severity: 'high',
  runbook: runbookOf('person_asked'),
  events: {
    action: [
      'ConfirmationWindowOpened',
      'ApprovalRequested',
      'ApprovalEscalated',
      'ReservationRequested',
      ...actionEndTypes,
    ],
    plan: [
      'PlanApprovalRequested',
      'PlanStarted',
      'PlanRejected',
      'PlanExpired',
      'PlanCancelled',
      'PlanCancelledByKillSwitch',
    ],
    bundle: ['FlipListMade', 'BundleApproved', 'BundleUpdated', 'BundleReleased', 'BundleDeleted'],
    autonomy: [
      'StepUpProposed',
      'StepUpSigned',
      'StepUpRefused',
      'SteppedDown',
      'StepDownLifted',
      'StepOverridden',
      'OutcomeCounted',
      'OutcomeJudged',
    ],
  },
  figures: [],
  initial: {},
  fold: (open, event) => {
    const question = questionOf(event);
    if (question !== null)
      return withKey(open, event.stream, {
        seen: seenOf(event),
        question,
        isEscalated: false,
      });
    const asked = open[event.stream];
    if (event.type === 'ApprovalEscalated')
      return asked === undefined ? open : withKey(open, event.stream, { ...asked, isEscalated: true });
    return asked === undefined || keepsProposal(event) ? open : withKey(open, event.stream, undefined);
  },
  judge: (open) =>
    Object.entries(open).map(([stream, { seen, question, isEscalated }]): Condition => ({
      subject: stream,
      firing: seen.cause.event_id,
      severity: isEscalated ? 'high' : 'medium',
      detail: `${subjectOf(stream)} ${question}${isEscalated ? `; nobody has answered for ${defaults.approval_escalation_s} s` : ''}`,
      cause: seen.cause,
      evidence: between(seen),
    })),
});
