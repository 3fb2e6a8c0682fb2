import type { LeafChange, PlanAnswer, PlanPart } from '@interlock/contracts';
import { bindingXml, leastSafe, ownBinding, profiles, wholePlanHash, type Binding } from '@interlock/network';
import type { ContentHash } from '../replay-contexts.js';

/** Finds a binding by its name; undefined if it is neither shipped nor in the file. */
export type FindBinding = (name: string) => Binding | undefined;

/**
 * Returns the payload that makes these changes and the one that takes them back, if the profile and
 * the binding are known here.
 */
export const payloadsAgain = (
  profile: string | null | undefined,
  changes: readonly LeafChange[],
  binding: string | undefined,
  find: FindBinding,
): { readonly edit_xml: string; readonly inverse_xml: string } | null => {
  const known = binding === undefined ? ownBinding : find(binding);
  if (typeof profile !== 'string' || !Object.hasOwn(profiles, profile) || known === undefined) return null;
  return {
    edit_xml: bindingXml(
      known,
      changes.map(({ path, after }) => ({ path, value: after })),
    ),
    inverse_xml: bindingXml(known, changes.map(({ path, before }) => ({ path, value: before })).toReversed()),
  };
};

/**
 * Rebuilds a plan of the gateway from its changes: payload and hashes. Null for a plan that changes
 * nothing.
 */
export const planAgain = (
  plan: PlanAnswer,
  find: FindBinding,
  contentHash: ContentHash,
): { readonly recorded: unknown; readonly replayed: unknown } | null => {
  if (plan.parts !== undefined) return planOfPartsAgain(plan, plan.parts, find, contentHash);
  const { device_id, profile, diff, payloads, binding } = plan;
  const again = payloadsAgain(profile, diff, binding, find);
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

/** Rebuilds a plan of several devices: each part from its changes, and the whole from its parts. */
const planOfPartsAgain = (
  plan: PlanAnswer,
  parts: readonly PlanPart[],
  find: FindBinding,
  contentHash: ContentHash,
): { readonly recorded: unknown; readonly replayed: unknown } | null => {
  // The rollback of a completed change has the inverse edits, whose leaves are in another order.
  if (!plan.reversible) return null;
  const again = parts.map((part) => {
    const xml = payloadsAgain(part.profile, part.diff, part.binding, find)?.edit_xml;
    const diff_hash = contentHash(part.diff);
    const leaves_fingerprint = contentHash(part.diff.map(({ path, before }) => ({ path, before })));
    const { device_id, profile } = part;
    return {
      payload: { device_id, operation: 'edit-config', xml },
      hashes: { diff_hash, leaves_fingerprint },
      plan_hash: contentHash({ device_id, profile, edit_xml: xml, diff_hash, leaves_fingerprint }),
    };
  });
  if (again.some(({ payload }) => payload.xml === undefined)) return null;
  const diff = parts.flatMap((part) => part.diff);
  return {
    recorded: {
      payloads: plan.payloads,
      parts: parts.map(({ diff_hash, leaves_fingerprint }) => ({ diff_hash, leaves_fingerprint })),
      hashes: parts.map(({ plan_hash }) => plan_hash),
      diff: plan.diff,
      diff_hash: plan.diff_hash,
      leaves_fingerprint: plan.leaves_fingerprint,
      plan_hash: plan.plan_hash,
      profile: plan.profile,
    },
    replayed: {
      payloads: again.map(({ payload }) => payload),
      parts: again.map(({ hashes }) => hashes),
      hashes: again.map(({ plan_hash }) => plan_hash),
      diff,
      diff_hash: contentHash(diff),
      leaves_fingerprint: contentHash(diff.map(({ path, before }) => ({ path, before }))),
      plan_hash: wholePlanHash(again.map(({ plan_hash }) => plan_hash)),
      profile: leastSafe(parts.map(({ profile }) => profile)),
    },
  };
};
