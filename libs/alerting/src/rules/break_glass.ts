import { parseStream } from '@interlock/contracts';
import { between, rule, runbookOf, seenOf, withKey, type Seen } from '../rule.js';

type Broken = { readonly by: string; readonly until: string; readonly seen: Seen };

/**
 * One person has loosened a setting alone, by break-glass. The alert ends when the setting of
 * before is in force again.
 */
export const breakGlass = rule<{ readonly [stream: string]: Broken }>({
  name: 'break_glass',
  condition: 'One person has loosened a setting alone, for at most an hour',
  severity: 'critical',
  runbook: runbookOf('break_glass'),
  events: { change: ['ChangeApproved', 'ChangeEnded', 'ChangeVoided'] },
  figures: [],
  initial: {},
  fold: (broken, event) => {
    const { by, break_glass } = event.data as {
      readonly by?: string;
      readonly break_glass?: { readonly until: string };
    };
    if (event.type === 'ChangeApproved' && break_glass === undefined) return broken;
    return withKey(
      broken,
      event.stream,
      break_glass === undefined
        ? undefined
        : { by: by ?? 'a person', until: break_glass.until, seen: seenOf(event) },
    );
  },
  judge: (broken) =>
    Object.entries(broken).map(([stream, { by, until, seen }]) => ({
      subject: stream,
      firing: seen.cause.event_id,
      severity: 'critical',
      detail: `\`${by}\` has loosened a setting alone; what held before is in force again from ${until} on`,
      cause: seen.cause,
      evidence: between(seen),
      page: `/changes/${encodeURIComponent(parseStream(stream)?.id ?? '')}`,
    })),
});
