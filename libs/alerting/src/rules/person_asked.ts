import { actionEndTypes, defaults, parseStream, type Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Asked = { readonly seen: Seen; readonly question: string; readonly isEscalated: boolean };
type Open = { readonly [action: string]: Asked };
type Window = { readonly on_elapse?: string; readonly due_at?: Timestamp };
type Approval = { readonly approvals_required?: number; readonly expires_at?: Timestamp };

const questionOf = ({ type, data }: RecordedEvent): string | null => {
  if (type === 'ConfirmationWindowOpened') {
    const { on_elapse } = data as Window;
    return `may be stopped before its confirmation window ends; then it ${on_elapse === 'expire' ? 'expires' : 'goes on'}`;
  }
  if (type === 'ApprovalRequested') {
    const { approvals_required, expires_at } = data as Approval;
    return `waits for ${approvals_required === 2 ? 'two approvals' : 'an approval'} until ${expires_at ?? 'it expires'}`;
  }
  return null;
};

/**
 * An action asks for a person: in a confirmation window, or for an approval. It ends with a yes, which is when the action asks for its reservation, and with the
 * action. A confirmation window's clock waits for its delivery (safety-rails.md, Confirmation window). An approval that waits for too long pages again as `high`, so
 * that the routes of that severity are told as well: the action itself says when (`ApprovalEscalated`).
 */
export const personAsked = rule<Open>({
  name: 'person_asked',
  condition:
    'An action waits for a person, in a confirmation window or for an approval (medium); an approval waits for more than 15 min (high, and it pages again)',
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
    return asked === undefined ? open : withKey(open, event.stream, undefined);
  },
  judge: (open) =>
    Object.entries(open).map(([stream, { seen, question, isEscalated }]): Condition => ({
      subject: stream,
      firing: seen.cause.event_id,
      severity: isEscalated ? 'high' : 'medium',
      detail: `action \`${parseStream(stream)?.id ?? ''}\` ${question}${isEscalated ? `; nobody has answered for ${defaults.approval_escalation_s} s` : ''}`,
      cause: seen.cause,
      evidence: between(seen),
    })),
});
