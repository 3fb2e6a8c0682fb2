import { createStore } from './store.js';

/**
 * The change request that the last write became, because it would loosen a setting, and the tenant
 * whose people decide; undefined is the session's own. The shell goes to its page once.
 */
export const requestedChange = createStore<
  { readonly id: string; readonly tenant: string | undefined } | undefined
>(undefined);

/** Notes an answer that is a change request, of the tenant that was asked. */
export const noteChange = (status: number, answer: unknown, tenant: string | undefined): void => {
  if (status !== 202 || typeof answer !== 'object' || answer === null) return;
  const [id, named]: readonly unknown[] = ['change_id', 'tenant_id'].map((name) => Reflect.get(answer, name));
  if (typeof id === 'string') requestedChange.set({ id, tenant: typeof named === 'string' ? named : tenant });
};
