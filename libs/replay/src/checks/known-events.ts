import { agentsStreams } from '@interlock/agents';
import { alertingStreams } from '@interlock/alerting';
import { autonomyStreams } from '@interlock/autonomy';
import { openWorkEvents, type DecidedStreams } from '@interlock/kernel';
import { networkStreams } from '@interlock/network';
import { notifyStreams } from '@interlock/notify';
import { policyStreams } from '@interlock/policy';
import { postureStreams } from '@interlock/posture';
import { railsStreams } from '@interlock/rails';
import { treeStreams } from '@interlock/tree';
import { twinStreams } from '@interlock/twin';
import type { StreamOf } from '../stream-replay.js';

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
  ...treeStreams,
  { category: 'open_work', decider: openWorkEvents },
];

const knownOf = ({ category, id }: StreamOf, type: string): DecidedStreams['decider'] | undefined =>
  contexts.find(
    (streams) =>
      streams.category === category && streams.ids?.(id) !== false && streams.decider.types.includes(type),
  )?.decider;

/**
 * True for an event whose type and shape this release knows. Earlier versions are known too. They
 * are read like the present one, unless an upcaster converts them.
 */
export const isKnown = (of: StreamOf, type: string, schemaVersion: unknown): boolean => {
  const known = knownOf(of, type);
  return (
    known !== undefined &&
    typeof schemaVersion === 'number' &&
    schemaVersion >= 1 &&
    schemaVersion <= (known.schemaVersions?.[type] ?? 1)
  );
};
