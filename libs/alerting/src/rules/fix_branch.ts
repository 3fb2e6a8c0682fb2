import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Branch = { readonly seen: Seen; readonly branch: string };
type Data = { readonly branch?: string | null; readonly detail?: string };
type Of = { readonly [kind: string]: Branch };

const kindOf = (category: string): string => (category.startsWith('posture-') ? 'evaluation' : 'response');

/** A run failed for good and left a fix branch; the next run of its kind that succeeds ends it. */
export const fixBranch = rule<Of>({
  name: 'fix_branch',
  condition: 'A run failed for good and left a fix branch',
  severity: 'medium',
  runbook: runbookOf('fix_branch'),
  events: {
    posture: ['PostureRunFailed', 'PostureEvaluated'],
    response: ['ResponseFailed', 'ResponseCompleted'],
  },
  figures: [],
  initial: {},
  fold: (open, event) => {
    const kind = kindOf(event.stream);
    if (event.type === 'PostureEvaluated' || event.type === 'ResponseCompleted')
      return withKey(open, kind, undefined);
    const { branch } = event.data as Data;
    return branch === null || branch === undefined
      ? open
      : withKey(open, kind, { seen: seenOf(event), branch });
  },
  judge: (open) =>
    Object.entries(open).map(([kind, { seen, branch }]): Condition => ({
      subject: kind,
      firing: seen.cause.event_id,
      severity: 'medium',
      detail: `the fix branch \`${branch}\` was created: review its logs`,
      cause: seen.cause,
      evidence: between(seen),
    })),
});
