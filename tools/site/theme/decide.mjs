import {
  bundleHash,
  checkBundle,
  evaluableBundle,
  evaluate,
  fieldCatalogue,
  noPolicies,
  recipeContext,
} from '@interlock/policy';

/**
 * Decides a request by a bundle, as the service does. Throws what is wrong with the bundle.
 * @param {object} bundle
 * @param {object} request in the form of a recipe's case
 * @param {readonly object[]} actionTypes
 */
export function decide(bundle, request, actionTypes) {
  const checked = checkBundle(bundle, fieldCatalogue(actionTypes));
  return evaluate({
    evaluation_id: 'playground',
    trace_id: 'playground',
    agent: request.agent,
    action_type: request.action,
    context: recipeContext(request),
    policies: noPolicies,
    bundle: evaluableBundle({
      bundle_id: 'playground',
      version: checked.version,
      bundle_hash: bundleHash(checked),
      rules: checked.rules,
    }),
    confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
    versions: {},
    position: '0',
  });
}
