import { ProblemError } from '@interlock/kernel';
import type { BundleState } from '@interlock/policy';

/** An existing bundle, which is a draft or released. */
export type PresentBundle = Exclude<BundleState, { status: 'none' }>;

/**
 * Returns whether a text can be a bundle's id, which is a UUID. Any other text matches no stream
 * and no row.
 */
export const isUuid = (text: string): boolean =>
  /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/.test(text);

export const noSuchBundle = (bundleId: string): ProblemError =>
  new ProblemError('not-found', `there is no bundle \`${bundleId.slice(0, 64)}\``);

/** Throws `not-found` for a bundle that never existed or was deleted. */
export const present = (state: BundleState, bundleId: string): PresentBundle => {
  if (state.status === 'none' || state.status === 'deleted') throw noSuchBundle(bundleId);
  return state;
};
