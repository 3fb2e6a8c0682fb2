import { actorKey, defaults } from '@interlock/contracts';
import { actionIdOf, type Recorded } from '@interlock/kernel';
import { acceptedContentAgain, type ActionEvent } from '@interlock/rails';
import { compared, type Finding } from '../finding.js';
import type { StreamOf } from '../stream-replay.js';
import type { World } from '../world.js';

type Accepted = Extract<Recorded<ActionEvent>, { type: 'IntentAccepted' }>;

/**
 * Compares the acceptance of an intent with the one that follows from its content, its author and
 * the catalogue.
 */
export const acceptedAgain = (
  { data, metadata }: Accepted,
  { tenant, id }: StreamOf,
  { evaluations, contentHash }: Pick<World, 'evaluations' | 'contentHash'>,
): readonly Finding[] => {
  const { action_id, intent, content_hash, own_estimates, requester, action_type, time, first_gate_by } =
    data;
  const again = acceptedContentAgain(data, contentHash);
  const own = actionIdOf(tenant, intent.intent_id);
  const byDefault = new Date(
    Math.min(Date.parse(time), Date.parse(metadata.occurred_at)) + defaults.intent_not_after_s * 1000,
  ).toISOString();
  const { edition, known } = evaluations.editionOf(tenant, intent.action_type, action_type);
  const builtIn = action_type.version === undefined;
  return [
    ...(known
      ? []
      : [
          {
            kind: 'action_type',
            missing: 'the action type is not in the file',
            ...(builtIn ? { excused: true as const } : {}),
          },
        ]),
    compared(
      'intent',
      'the intent as it was accepted',
      {
        action_id,
        stream: id,
        intent,
        content_hash,
        own_estimates,
        requester,
        tenant_id: intent.tenant_id,
        action_type,
        first_gate_by,
      },
      {
        action_id: own,
        stream: own,
        intent: again.intent,
        content_hash: again.content_hash,
        own_estimates: again.own_estimates,
        requester: actorKey(metadata.actor),
        tenant_id: tenant,
        action_type: edition,
        first_gate_by: intent.not_after ?? byDefault,
      },
    ),
  ];
};
