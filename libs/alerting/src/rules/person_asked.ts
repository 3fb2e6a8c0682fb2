import { defaults } from '@interlock/contracts';
import { askedBy, matterEvents, matterOf, type Asked } from '../matters/table.js';
import { detailOf } from '../detail.js';
import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Waiting = Asked & { readonly seen: Seen; readonly isEscalated: boolean };
type Open = { readonly [stream: string]: Waiting };

/** True if a request that ends by the clock is over. */
const isOver = (stream: string, { expires_at }: Waiting, now: string): boolean =>
  expires_at !== null && matterOf(stream)?.matter.endsByClock === true && now >= expires_at;

/**
 * A decision waits for a person; `matters` lists the kinds. The alert ends with the decision. A
 * confirmation window's clock starts when the notice is delivered (docs/channels.md, Delivery). An
 * approval that waits too long pages again as `high`, so that the routes of that severity are
 * notified as well. The action itself says when (`ApprovalEscalated`).
 */
export const personAsked = rule<Open>({
  name: 'person_asked',
  condition:
    'A decision waits for a person: on an action, a plan, a bundle, a step up, a lower threshold, a release or a change request (medium); an approval of an action waits for more than 15 min (high, and it pages again)',
  severity: 'high',
  runbook: runbookOf('person_asked'),
  events: matterEvents({ action: ['ApprovalEscalated'] }),
  figures: [],
  initial: {},
  fold: (open, event) => {
    const { stream, type } = event;
    const before = open[stream];
    if (type === 'ApprovalEscalated')
      return before === undefined ? open : withKey(open, stream, { ...before, isEscalated: true });
    const asked = askedBy(event);
    if (asked === 'nothing') return open;
    if (asked === 'ends') return before === undefined ? open : withKey(open, stream, undefined);
    return withKey(open, stream, { ...asked, seen: seenOf(event), isEscalated: false });
  },
  judge: (open, now) =>
    Object.entries(open)
      .filter(([stream, waiting]) => !isOver(stream, waiting, now))
      .map(([stream, { seen, text, page, isEscalated }]): Condition => ({
        subject: stream,
        firing: seen.cause.event_id,
        severity: isEscalated ? 'high' : 'medium',
        detail: detailOf(
          `${text}${isEscalated ? `; nobody has answered for ${defaults.approval_escalation_s} s` : ''}`,
        ),
        cause: seen.cause,
        evidence: between(seen),
        page,
      })),
});
