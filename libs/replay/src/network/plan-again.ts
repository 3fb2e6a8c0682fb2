import type { LeafChange, PlanAnswer } from '@interlock/contracts';
import { contentHash } from '@interlock/kernel';
import { bindings, editXml, ownBinding, profiles } from '@interlock/network';

/**
 * The payload that makes these changes and the one that takes them back, if the profile and the
 * binding are known here.
 */
export const payloadsAgain = (
  profile: string | null | undefined,
  changes: readonly LeafChange[],
  binding: string | undefined,
): { readonly edit_xml: string; readonly inverse_xml: string } | null => {
  const known = binding === undefined ? ownBinding : bindings.get(binding);
  if (typeof profile !== 'string' || !Object.hasOwn(profiles, profile) || known === undefined) return null;
  return {
    edit_xml: editXml(
      known.namespace,
      changes.map(({ path, after }) => ({ path, value: after })),
    ),
    inverse_xml: editXml(
      known.namespace,
      changes.map(({ path, before }) => ({ path, value: before })).toReversed(),
    ),
  };
};

/**
 * Rebuilds a plan of the gateway from its changes: payload and hashes. Null for a plan that changes
 * nothing.
 */
export const planAgain = (
  plan: PlanAnswer,
): { readonly recorded: unknown; readonly replayed: unknown } | null => {
  const { device_id, profile, diff, payloads, binding } = plan;
  const again = payloadsAgain(profile, diff, binding);
  if (again === null || diff.length === 0) return null;
  const diff_hash = contentHash(diff);
  const leaves_fingerprint = contentHash(diff.map(({ path, before }) => ({ path, before })));
  return {
    recorded: {
      payloads,
      diff_hash: plan.diff_hash,
      leaves_fingerprint: plan.leaves_fingerprint,
      plan_hash: plan.plan_hash,
    },
    replayed: {
      payloads: [{ device_id, operation: 'edit-config', xml: again.edit_xml }],
      diff_hash,
      leaves_fingerprint,
      plan_hash: contentHash({ device_id, profile, edit_xml: again.edit_xml, diff_hash, leaves_fingerprint }),
    },
  };
};
