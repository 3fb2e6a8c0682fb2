import { actionEndTypes, parseStream, type Timestamp } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import { between, elapsedMs, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Asked = { readonly seen: Seen; readonly question: string; readonly isApproval: boolean };
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
 * that the routes of that severity are told as well.
 */
export const personAsked = rule<Open>({
  name: 'person_asked',
  condition:
    'An action waits for a person, in a confirmation window or for an approval (medium); an approval waits for more than 15 min (high, and it pages again)',
  severity: 'high',
  runbook: runbookOf('person_asked'),
  events: {
    action: ['ConfirmationWindowOpened', 'ApprovalRequested', 'ReservationRequested', ...actionEndTypes],
  },
  figures: ['approval_waits_s'],
  initial: {},
  fold: (open, event) => {
    const question = questionOf(event);
    if (question !== null)
      return withKey(open, event.stream, {
        seen: seenOf(event),
        question,
        isApproval: event.type === 'ApprovalRequested',
      });
    return open[event.stream] === undefined ? open : withKey(open, event.stream, undefined);
  },
  judge: (open, now, { approval_waits_s }) =>
    Object.entries(open).map(([stream, { seen, question, isApproval }]): Condition => {
      const isLong = isApproval && elapsedMs(seen.at, now) > approval_waits_s * 1000;
      return {
        subject: stream,
        firing: seen.cause.event_id,
        severity: isLong ? 'high' : 'medium',
        detail: `action \`${parseStream(stream)?.id ?? ''}\` ${question}${isLong ? `; nobody has answered for more than ${approval_waits_s} s` : ''}`,
        cause: seen.cause,
        evidence: between(seen),
      };
    }),
});
