import { between, detailOf, rule, runbookOf, seenOf, withKey, type Condition, type Seen } from '../rule.js';
import { parseStream } from '@interlock/contracts';

type Paged = {
  readonly seen: Seen;
  readonly version: string;
  readonly subject: string;
  readonly reason: string;
};
type Data = {
  readonly bundle_id?: string;
  readonly bundle_version?: string;
  readonly incident_id?: string;
  readonly reason?: string;
};

/** An incident calls for a look at the bundle that decides; the incident's end, or the bundle's, ends it. */
export const policyRollout = rule<{ readonly [incident: string]: Paged }>({
  name: 'policy_rollout',
  condition: 'An incident calls for a look at the bundle that decides',
  severity: 'high',
  runbook: runbookOf('policy_rollout'),
  events: {
    rollout: ['RolloutPaged', 'BundleRolledBack', 'BundleActivated'],
    incident: ['IncidentResolved'],
  },
  figures: [],
  initial: {},
  fold: (open, event) => {
    if (event.type === 'IncidentResolved')
      return withKey(open, parseStream(event.stream)?.id ?? '', undefined);
    if (event.type !== 'RolloutPaged') return {};
    const { bundle_id = '', bundle_version = '', incident_id = '', reason = '' } = event.data as Data;
    return withKey(open, incident_id, {
      seen: seenOf(event),
      version: bundle_version,
      subject: `${event.stream} ${bundle_id} ${incident_id}`,
      reason,
    });
  },
  judge: (open) =>
    Object.values(open).map(({ seen, version, subject, reason }): Condition => ({
      subject,
      firing: seen.cause.event_id,
      severity: 'high',
      detail: detailOf(`bundle ${version}: ${reason}`),
      cause: seen.cause,
      evidence: between(seen),
    })),
});
