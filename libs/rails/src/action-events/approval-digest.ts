import { matchedPolicies, riskLevels, type PlanAnswer, type Reason } from '@interlock/contracts';
import { contentHash, riskLevelOf } from '@interlock/kernel';
import type { DigestParts, HoldRecord } from './events.js';
import type { AcceptedAction } from './stages.js';
import { sawOf } from './state.js';
import { blastRadiusOf } from '../gates/blast-radius.js';

/**
 * The number of entities that the action affects, as gate 6 saw it; absent if the gate did not
 * look.
 */
export const affectedIn = (state: Pick<AcceptedAction, 'gates'>): { readonly affected?: number } => {
  const saw = sawOf(state, 'blast_radius');
  return saw === undefined ? {} : { affected: blastRadiusOf(saw) };
};

/** Returns the parts of the action to which an approval is bound, in the present state. */
export const digestParts = (
  state: Pick<AcceptedAction, 'accepted' | 'gates'>,
  plan: PlanAnswer | null,
  gates: AcceptedAction['gates'] = state.gates,
): DigestParts => {
  const intent = state.accepted.intent;
  const seen = { ...state, gates };
  const evaluation = sawOf(seen, 'policy')?.evaluation;
  return {
    action: contentHash({
      action_id: state.accepted.action_id,
      action_type: intent.action_type,
      entity_id: intent.entity_id,
      parameters: intent.parameters,
    }),
    risk_score: sawOf(seen, 'prediction')?.answer.risk_score ?? 99,
    diff: plan?.diff_hash ?? '',
    leaves: plan?.leaves_fingerprint ?? '',
    policies: contentHash({
      policies: evaluation === undefined ? [] : matchedPolicies(evaluation).map((p) => p.content_hash),
      bundle: evaluation?.bundle.bundle_hash ?? null,
    }),
    ...affectedIn(seen),
  };
};
export const digestOf = (parts: DigestParts): string => contentHash(parts);

/**
 * Adds the holds that a person is asked about to the parts of the approval. A request about other
 * holds then has another digest.
 */
export const withHolds = (parts: DigestParts, holds: readonly HoldRecord[]): DigestParts => ({
  ...parts,
  holds: contentHash(holds.map(({ gate, hold, content }) => ({ gate, hold, content }))),
});

const hasRisen = (said: number, now: number, loadMoves: boolean): boolean =>
  loadMoves ? riskLevels.indexOf(riskLevelOf(now)) > riskLevels.indexOf(riskLevelOf(said)) : now > said;

/**
 * Lists the differences from what was approved. A lower risk is no difference. If the load of the
 * network moves the prediction, neither is another score of the same risk level.
 */
export const differenceOf = (said: DigestParts, now: DigestParts, loadMoves = false): readonly Reason[] =>
  (['action', 'diff', 'leaves', 'policies'] as const)
    .filter((part) => said[part] !== now[part])
    .map((part): Reason => ({
      code: `changed-${part}`,
      detail: `${part} is not what was approved`,
      approved: said[part],
      now: now[part],
    }))
    .concat(
      hasRisen(said.risk_score, now.risk_score, loadMoves)
        ? [
            {
              code: 'changed-prediction',
              detail: `risk rose from ${said.risk_score} to ${now.risk_score}`,
              approved: said.risk_score,
              now: now.risk_score,
            },
          ]
        : [],
    )
    .concat(
      said.affected !== undefined && now.affected !== undefined && now.affected > said.affected
        ? [
            {
              code: 'changed-blast-radius',
              detail: `${now.affected} entities are affected, and ${said.affected} were approved`,
              approved: said.affected,
              now: now.affected,
            },
          ]
        : [],
    );
