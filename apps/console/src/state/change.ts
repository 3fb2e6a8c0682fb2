import { notify } from './notifications.js';
import { createStore } from './store.js';

/**
 * The change request that the last write became, because it would loosen a setting. `tenant` is the
 * tenant whose people decide; undefined means the session's own. The shell opens its page once.
 */
export const requestedChange = createStore<
  { readonly id: string; readonly tenant: string | undefined } | undefined
>(undefined);

/** Returns whether the response to a write is a change request, which people decide first. */
export const isChangeRequest = (answer: unknown): boolean =>
  typeof answer === 'object' && answer !== null && typeof Reflect.get(answer, 'change_id') === 'string';

/** Stores the change request if a response is one, with the tenant of the call as a fallback. */
export const noteChange = (status: number, answer: unknown, tenant: string | undefined): void => {
  if (status !== 202 || typeof answer !== 'object' || answer === null) return;
  const [id, named]: readonly unknown[] = ['change_id', 'tenant_id'].map((name) => Reflect.get(answer, name));
  if (typeof id !== 'string') return;
  requestedChange.set({ id, tenant: typeof named === 'string' ? named : tenant });
  notify('It loosens a setting, so it became a change request.');
};
