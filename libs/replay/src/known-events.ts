import { agentsStreams } from '@interlock/agents';
import { alertingStreams } from '@interlock/alerting';
import { autonomyStreams } from '@interlock/autonomy';
import { openWorkEvents, type DecidedStreams } from '@interlock/kernel';
import { networkStreams } from '@interlock/network';
import { notifyStreams } from '@interlock/notify';
import { policyStreams } from '@interlock/policy';
import { postureStreams } from '@interlock/posture';
import { railsStreams } from '@interlock/rails';
import { twinStreams } from '@interlock/twin';
import type { StreamOf } from './stream-replay.js';

/** The streams of every context. */
const contexts: readonly DecidedStreams[] = [
  ...railsStreams,
  ...policyStreams,
  ...autonomyStreams,
  ...postureStreams,
  ...networkStreams,
  ...twinStreams,
  ...alertingStreams,
  ...agentsStreams,
  ...notifyStreams,
  { category: 'open_work', decider: openWorkEvents },
];

const knownOf = ({ category, id }: StreamOf): DecidedStreams['decider'] | undefined =>
  contexts.find((streams) => streams.category === category && streams.ids?.(id) !== false)?.decider;

/**
 * Categories in which nobody decides anything: the auditor's own checkpoints, who people are, and
 * which programs ran.
 */
export const withoutDecisions: ReadonlySet<string> = new Set(['checkpoint', 'person', 'release']);

/**
 * True for an event whose type and shape this release knows: what the present version's data are
 * read like, an earlier one's are too, unless an upcaster says otherwise.
 */
export const isKnown = (of: StreamOf, type: string, schemaVersion: unknown): boolean => {
  const known = knownOf(of);
  return (
    known !== undefined &&
    known.types.includes(type) &&
    typeof schemaVersion === 'number' &&
    schemaVersion >= 1 &&
    schemaVersion <= (known.schemaVersions?.[type] ?? 1)
  );
};
