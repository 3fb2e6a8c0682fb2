import type { AcceptedActionType, ActionIntentV1, ActionTypeV1, Violation } from '@interlock/contracts';
import { canonicalJson, contentHash } from '@interlock/kernel';
import type { IntentAcceptedData, PartOfPlan } from '../action-events/events.js';
import { withStatedAmounts } from './stated-amounts.js';

/**
 * Returns the hash of the compared content of an intent, 64 hex digits. A plan's intent never
 * equals an outside intent with the same id. `hash` is a faster form of `contentHash`, if one is
 * available.
 */
export const intentHash = (intent: ActionIntentV1, partOf?: PartOfPlan, hash = contentHash): string => {
  if (partOf === undefined) return hash(intent);
  const { plan_id, node_id, role } = partOf;
  return hash({ intent, part_of: { plan_id, node_id, role } });
};

const references = new WeakMap<ActionTypeV1, AcceptedActionType>();

/**
 * Returns a catalogue entry in the form that an accepted action refers to. The entry must not be
 * changed afterwards.
 */
export const referenceTo = (type: ActionTypeV1): AcceptedActionType => {
  const known = references.get(type);
  if (known !== undefined) return known;
  const { title: _title, parameters_schema: _schema, impact_fields: _fields, ...terms } = type;
  const reference = { ...terms, hash: contentHash(type) };
  references.set(type, reference);
  return reference;
};

type AcceptedContent = Pick<IntentAcceptedData, 'intent' | 'content_hash' | 'own_estimates' | 'part_of'>;

/**
 * Returns the recorded content of an intent: the intent with the amounts from its parameters, and
 * the hash of the intent as it was sent.
 */
export const acceptedContent = (
  type: Pick<ActionTypeV1, 'impact'>,
  sent: ActionIntentV1,
  partOf?: PartOfPlan,
  hash = contentHash,
): AcceptedContent => {
  const intent = withStatedAmounts(type, sent);
  const { estimated_cost: cost, estimated_compute: compute } = sent;
  const raised = cost !== intent.estimated_cost || compute !== intent.estimated_compute;
  return {
    intent,
    content_hash: intentHash(sent, partOf, hash),
    ...(raised
      ? {
          own_estimates: {
            ...(cost === undefined ? {} : { estimated_cost: cost }),
            ...(compute === undefined ? {} : { estimated_compute: compute }),
          },
        }
      : {}),
    ...(partOf === undefined ? {} : { part_of: partOf }),
  };
};

/** Returns an intent as it was sent, from its record. */
const sentIntent = ({
  intent,
  own_estimates: own,
}: Pick<IntentAcceptedData, 'intent' | 'own_estimates'>): ActionIntentV1 => {
  if (own === undefined) return intent;
  const { estimated_cost: _cost, estimated_compute: _compute, ...rest } = intent;
  return { ...rest, ...own };
};

/** Returns the content of an accepted intent, computed again from its record. */
export const acceptedContentAgain = (
  accepted: Pick<IntentAcceptedData, 'intent' | 'own_estimates' | 'part_of' | 'action_type'>,
  hash = contentHash,
): AcceptedContent => acceptedContent(accepted.action_type, sentIntent(accepted), accepted.part_of, hash);

/** Returns a violation for each member in which an intent differs from the recorded one. */
export const conflictsWith = (
  recorded: Pick<IntentAcceptedData, 'intent' | 'own_estimates'>,
  repeated: Pick<IntentAcceptedData, 'intent' | 'own_estimates'>,
): readonly Violation[] => {
  const [before, now] = [recorded, repeated].map((data) => new Map(Object.entries(sentIntent(data))));
  return [...new Set([...before!.keys(), ...now!.keys()])]
    .filter((name) => canonicalJson({ of: before!.get(name) }) !== canonicalJson({ of: now!.get(name) }))
    .map((name) => ({ pointer: `/${name}`, detail: 'must be as it was published before' }));
};
