import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client.js';
import type { Receipt } from '../api/queries.js';
import { useSession } from '../api/session.js';
import { notify } from '../state/notifications.js';
import { createStore, useStore } from '../state/store.js';
import { readAskedAs, sessionMark, type Target } from './stops.js';

/**
 * The latest receipt of a stop from this browser, by the tenant of the call. The banner shows it.
 */
export const receiptStore = createStore<{ readonly [tenant: string]: Receipt }>({});
/** The tenant of a stop that was sent and is not acknowledged yet. A banner shows it. */
export const engagingStore = createStore<string | undefined>(undefined);
const askedName = 'interlock.asked';
const askedAs = createStore(readAskedAs(localStorage.getItem(askedName)));

/**
 * Returns the actor under which the user of this session requested a release in a tenant; undefined
 * if they have not.
 */
export const useAskedAs = (tenant: string): string | undefined => {
  const { data } = useSession();
  const { session, by } = useStore(askedAs);
  return session === sessionMark(data) ? by[tenant] : undefined;
};

type Sent = {
  readonly target: Target;
  /**
   * The tenant at the time of the decision, however late the call is sent; the system's tenant for
   * the global scope.
   */
  readonly tenant: string;
  readonly engaged: boolean;
  readonly reason: string;
  readonly rollback: boolean;
};

const keepAsked = (session: string, tenant: string, by: string): void => {
  const before = askedAs.get();
  const next = { session, by: { ...(before.session === session ? before.by : {}), [tenant]: by } };
  localStorage.setItem(askedName, JSON.stringify(next));
  askedAs.set(next);
};

/**
 * Engages or releases a switch. The result is the receipt, however long the acknowledgement takes.
 */
export const useStop = () => {
  const queries = useQueryClient();
  const { data: session } = useSession();
  return useMutation({
    mutationFn: ({ target, tenant, engaged, reason, rollback }: Sent) =>
      call('post', '/api/v1/autonomous/kill-switch', {
        tenant,
        body: { ...target, engaged, reason, ...(engaged ? { rollback_in_flight: rollback } : {}) },
      }),
    onMutate: ({ engaged, tenant }) => {
      if (engaged) engagingStore.set(tenant);
    },
    // This is the only request that is retried when the server cannot be reached.
    retry: (count, error) => count < 20 && error.message.includes('could not be reached'),
    retryDelay: 1000,
    onSuccess: (receipt, { engaged, tenant }) => {
      notify(
        engaged
          ? 'The kill switch is engaged.'
          : receipt.engaged
            ? 'The release was requested. Another person must complete it.'
            : 'The kill switch was released.',
      );
      if (engaged) receiptStore.set({ ...receiptStore.get(), [tenant]: receipt });
      // A switch that is still engaged after a release needs a second person. The recorded
      // requester is this user.
      else if (receipt.engaged && receipt.release_requested !== null)
        keepAsked(sessionMark(session), tenant, receipt.release_requested.by);
    },
    onSettled: () => {
      engagingStore.set(undefined);
      return Promise.all([
        queries.invalidateQueries({ queryKey: ['status'] }),
        queries.invalidateQueries({ queryKey: ['actions'] }),
      ]);
    },
  });
};
