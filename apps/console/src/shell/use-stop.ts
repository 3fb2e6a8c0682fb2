import { useMutation, useQueryClient } from '@tanstack/react-query';
import { call } from '../api/client.js';
import type { Receipt } from '../api/queries.js';
import { useSession } from '../api/session.js';
import { createStore, useStore } from '../state/store.js';
import { readAskedAs, sessionMark, type Target } from './stops.js';

/**
 * The newest receipt of engaging that this browser has, by the tenant that the switch was called
 * with, for the banner.
 */
export const receiptStore = createStore<{ readonly [tenant: string]: Receipt }>({});
const askedName = 'interlock.asked';
const askedAs = createStore(readAskedAs(localStorage.getItem(askedName)));

/**
 * As whom the person of this session asked for a release in a tenant; undefined where they have
 * not.
 */
export const useAskedAs = (tenant: string): string | undefined => {
  const { data } = useSession();
  const { session, by } = useStore(askedAs);
  return session === sessionMark(data) ? by[tenant] : undefined;
};

type Sent = {
  readonly target: Target;
  /** As it was when somebody decided, however late this is sent: the system's for scope global. */
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

/** Engages or releases; the answer is the receipt, however long the acknowledgement takes. */
export const useStop = () => {
  const queries = useQueryClient();
  const { data: session } = useSession();
  return useMutation({
    mutationFn: ({ target, tenant, engaged, reason, rollback }: Sent) =>
      call('post', '/api/v1/autonomous/kill-switch', {
        tenant,
        body: { ...target, engaged, reason, ...(engaged ? { rollback_in_flight: rollback } : {}) },
      }),
    // It is the one thing that is tried again until somebody answered.
    retry: (count, error) => count < 20 && error.message.includes('could not be reached'),
    retryDelay: 1000,
    onSuccess: (receipt, { engaged, tenant }) => {
      if (engaged) receiptStore.set({ ...receiptStore.get(), [tenant]: receipt });
      // Still engaged after a release: whoever asks the log for it is this person, or it would be
      // released.
      else if (receipt.engaged && receipt.release_requested !== null)
        keepAsked(sessionMark(session), tenant, receipt.release_requested.by);
    },
    onSettled: () =>
      Promise.all([
        queries.invalidateQueries({ queryKey: ['status'] }),
        queries.invalidateQueries({ queryKey: ['actions'] }),
      ]),
  });
};
