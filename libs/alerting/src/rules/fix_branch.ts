import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type Failed = { readonly seen: Seen; readonly branch: string | null; readonly detail: string };
type Data = {
  readonly branch?: string | null;
  readonly detail?: string;
  readonly results?: readonly { readonly state: string }[];
};
type Of = { readonly [kind: string]: Failed };

const kindOf = (category: string): string => (category.startsWith('posture-') ? 'evaluation' : 'response');

/**
 * A run failed permanently. It left a fix branch, or none if there is no repository. The next
 * successful run of its kind ends it; a dry run does not.
 */
export const fixBranch = rule<Of>({
  name: 'fix_branch',
  condition: 'A run failed for good, with or without a fix branch',
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
    const { branch = null, detail = '', results = [] } = event.data as Data;
    // An alert's text is for a person, so only texts of the log are put into it.
    if (typeof detail !== 'string' || (branch !== null && typeof branch !== 'string'))
      throw new Error(`\`${event.type}\` has a branch or a detail that is not text`);
    if (event.type === 'PostureEvaluated' || event.type === 'ResponseCompleted')
      return results.some(({ state }) => state === 'DRY_RUN') ? open : withKey(open, kind, undefined);
    return withKey(open, kind, { seen: seenOf(event), branch, detail });
  },
  judge: (open) =>
    Object.entries(open).map(([kind, { seen, branch, detail }]): Condition => ({
      subject: kind,
      firing: seen.cause.event_id,
      severity: 'medium',
      detail:
        branch === null
          ? `the run failed and left no fix branch: ${detail}`
          : `the fix branch \`${branch}\` was created: review its logs`,
      cause: seen.cause,
      evidence: between(seen),
    })),
});
