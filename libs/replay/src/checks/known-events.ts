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

/** The same by the type of an event, and its category. */
const byType = new Map<string, Map<string, readonly DecidedStreams[]>>();
for (const streams of contexts)
  for (const type of streams.decider.types) {
    const ofType = byType.get(type) ?? new Map<string, readonly DecidedStreams[]>();
    byType.set(type, ofType.set(streams.category, [...(ofType.get(streams.category) ?? []), streams]));
  }

const knownOf = ({ category, id }: StreamOf, type: string): DecidedStreams['decider'] | undefined =>
  byType
    .get(type)
    ?.get(category)
    ?.find(({ ids }) => ids?.(id) !== false)?.decider;

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
