import { between, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';

type RolledBack = { readonly seen: Seen; readonly version: string; readonly restored: string | null };
/** The last rollback of each rollout: the tenant's own, and that of each team. */
type ByRollout = { readonly [stream: string]: RolledBack };
type Data = { readonly bundle_version?: string; readonly restored_version?: string | null };

/**
 * A bundle was rolled back. Activating another one in the same rollout ends it; another team's
 * activation does not.
 */
export const bundleRolledBackRule = rule<ByRollout>({
  name: 'bundle_rolled_back',
  condition: 'A bundle was rolled back',
  severity: 'high',
  runbook: runbookOf('bundle_rolled_back'),
  events: { rollout: ['BundleRolledBack', 'BundleActivated'] },
  figures: [],
  initial: {},
  fold: (last, event) => {
    if (event.type === 'BundleActivated') return withKey(last, event.stream, undefined);
    const { bundle_version, restored_version } = event.data as Data;
    return withKey(last, event.stream, {
      seen: seenOf(event),
      version: bundle_version ?? '',
      restored: restored_version ?? null,
    });
  },
  judge: (last) =>
    Object.entries(last).map(([stream, { seen, version, restored }]): Condition => ({
      subject: stream,
      firing: seen.cause.event_id,
      severity: 'high',
      detail: `bundle ${version} was rolled back: ${restored === null ? 'no bundle decides, everything needs an approval' : `${restored} decides again`}`,
      cause: seen.cause,
      evidence: between(seen),
    })),
});
