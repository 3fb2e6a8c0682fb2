import { between, rule, runbookOf, seenOf, type Seen } from '../rule.js';

type RolledBack = { readonly seen: Seen; readonly version: string; readonly restored: string | null };
type Data = { readonly bundle_version?: string; readonly restored_version?: string | null };

/** A bundle was rolled back; activating another one ends it. */
export const bundleRolledBackRule = rule<RolledBack | null>({
  name: 'bundle_rolled_back',
  condition: 'A bundle was rolled back',
  severity: 'high',
  runbook: runbookOf('bundle_rolled_back'),
  events: { rollout: ['BundleRolledBack', 'BundleActivated'] },
  figures: [],
  initial: null,
  fold: (_, event) => {
    if (event.type === 'BundleActivated') return null;
    const { bundle_version, restored_version } = event.data as Data;
    return { seen: seenOf(event), version: bundle_version ?? '', restored: restored_version ?? null };
  },
  judge: (last) =>
    last === null
      ? []
      : [
          {
            subject: last.seen.cause.stream,
            firing: last.seen.cause.event_id,
            severity: 'high',
            detail: `bundle ${last.version} was rolled back: ${last.restored === null ? 'no bundle decides, everything needs an approval' : `${last.restored} decides again`}`,
            cause: last.seen.cause,
            evidence: between(last.seen),
          },
        ],
});
