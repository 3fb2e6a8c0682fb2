import { askedBy, matterEvents, type Asked } from '../matters/table.js';
import { detailOf } from '../detail.js';
import { between, elapsedMs, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Expiring = Asked & { readonly seen: Seen; readonly expires_at: string };
type Open = { readonly [stream: string]: Expiring };

/** The last part of its time in which a request is about to expire: ten minutes of an hour. */
const lastPart = 1 / 6;

const isExpiring = ({ seen, expires_at }: Expiring, now: string): boolean => {
  const life = elapsedMs(seen.at, expires_at);
  return now < expires_at && elapsedMs(now, expires_at) <= life * lastPart;
};

/**
 * A request for a decision expires soon, and nobody has decided. It pages beside `person_asked`,
 * whatever was acknowledged there, and ends with the decision or the expiry.
 */
export const approvalExpiring = rule<Open>({
  name: 'approval_expiring',
  condition: 'A request for a decision is in the last sixth of its time, and nobody has decided',
  severity: 'high',
  runbook: runbookOf('approval_expiring'),
  events: matterEvents(),
  figures: [],
  initial: {},
  fold: (open, event) => {
    const { stream } = event;
    const asked = askedBy(event);
    if (asked === 'nothing') return open;
    const { expires_at } = asked === 'ends' ? { expires_at: null } : asked;
    if (asked === 'ends' || expires_at === null)
      return open[stream] === undefined ? open : withKey(open, stream, undefined);
    return withKey(open, stream, { ...asked, expires_at, seen: seenOf(event) });
  },
  judge: (open, now) =>
    Object.entries(open)
      .filter(([, expiring]) => isExpiring(expiring, now))
      .map(([stream, { seen, text, expires_at, page }]): Condition => ({
        subject: stream,
        firing: seen.cause.event_id,
        severity: 'high',
        detail: detailOf(`expires at ${expires_at}: ${text}`),
        cause: seen.cause,
        evidence: between(seen),
        page,
      })),
});
