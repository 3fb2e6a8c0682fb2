import { detailOf } from '../detail.js';
import { between, rule, runbookOf, seenOf, type Condition, type Seen } from '../rule.js';
import { parseStream } from '@interlock/contracts';

type Paged = {
  readonly seen: Seen;
  readonly bundle: string;
  readonly version: string;
  readonly incident: string;
  readonly reason: string;
};
type Data = {
  readonly bundle_id?: string;
  readonly bundle_version?: string;
  readonly incident_id?: string;
  readonly reason?: string;
  readonly to_pct?: number;
  readonly canary_pct?: number;
  readonly previous_bundle_id?: string | null;
  readonly withdrawn_canary_id?: string | null;
};

/**
 * The bundles that stop deciding with an event of a rollout. A bundle beside a canary continues to
 * decide.
 */
const replacedBy = (type: string, data: Data): readonly unknown[] => {
  switch (type) {
    case 'BundleRolledBack':
      return [data.bundle_id, data.withdrawn_canary_id];
    case 'CanaryPromoted':
      return data.to_pct === 100 ? [data.previous_bundle_id] : [];
    default:
      return data.canary_pct === 100 ? [data.previous_bundle_id] : [];
  }
};

/**
 * An incident needs a look at the bundle that decides. It ends when the incident is resolved, or
 * when that bundle no longer decides in that rollout.
 */
export const policyRollout = rule<readonly Paged[]>({
  name: 'policy_rollout',
  condition: 'An incident calls for a look at the bundle that decides',
  severity: 'high',
  runbook: runbookOf('policy_rollout'),
  events: {
    rollout: ['RolloutPaged', 'BundleRolledBack', 'BundleActivated', 'CanaryPromoted'],
    incident: ['IncidentResolved'],
  },
  figures: [],
  initial: [],
  fold: (open, event) => {
    const { stream, type } = event;
    if (type === 'IncidentResolved') {
      const resolved = parseStream(stream)?.id;
      return open.filter(({ incident }) => incident !== resolved);
    }
    const data = event.data as Data;
    if (type !== 'RolloutPaged') {
      const replaced = replacedBy(type, data);
      return open.filter(({ seen, bundle }) => seen.cause.stream !== stream || !replaced.includes(bundle));
    }
    const { bundle_id: bundle = '', bundle_version: version = '', incident_id: incident = '' } = data;
    const isSame = (one: Paged): boolean =>
      one.seen.cause.stream === stream && one.bundle === bundle && one.incident === incident;
    const paged = { seen: seenOf(event), bundle, version, incident, reason: data.reason ?? '' };
    return [...open.filter((one) => !isSame(one)), paged];
  },
  judge: (open) =>
    open.map(({ seen, bundle, version, incident, reason }): Condition => ({
      subject: `${seen.cause.stream} ${bundle} ${incident}`,
      firing: seen.cause.event_id,
      severity: 'high',
      detail: detailOf(`bundle ${version}: ${reason}`),
      cause: seen.cause,
      evidence: between(seen),
    })),
});
