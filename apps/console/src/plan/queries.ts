import { type UseMutationResult } from '@tanstack/react-query';
import { call } from '../api/client.js';
import { streamState } from '../api/live.js';
import { useSend } from '../api/send.js';
import type { Plan } from './words.js';
import { routeQuery } from '../api/route-query.js';

const whileOffline = (): number | false => (streamState.get().kind === 'live' ? false : 15_000);

export const plansQuery = () =>
  routeQuery(
    '/api/v1/autonomous/plans',
    ['plans', 'all'],
    { query: { limit: 50 } },
    { refetchInterval: whileOffline },
  );

export const planQuery = (id: string) =>
  routeQuery(
    '/api/v1/autonomous/plans/{id}',
    ['plans', 'one', id],
    { path: { id } },
    { refetchInterval: whileOffline },
  );

export type PlanDecision = {
  readonly plan: Pick<Plan, 'plan_id' | 'tenant_id' | 'approval'>;
  readonly kind: 'approve' | 'reject' | 'cancel';
  readonly comment: string;
};

const decided: { readonly [K in PlanDecision['kind']]: string } = {
  approve: 'The plan was approved.',
  reject: 'The plan was rejected.',
  cancel: 'The plan was cancelled.',
};

/**
 * Sends a decision about a plan. An approval carries the digest that was shown; a rejection or a
 * cancellation does not.
 */
export const usePlanDecision = (): UseMutationResult<Plan, Error, PlanDecision> =>
  useSend(
    ({ plan, kind, comment }: PlanDecision) => {
      const said = comment === '' ? {} : { comment };
      const sent = { tenant: plan.tenant_id, path: { id: plan.plan_id } };
      switch (kind) {
        case 'approve':
          return call('post', '/api/v1/autonomous/plans/{id}/approve', {
            ...sent,
            body: { ...said, ...(plan.approval === null ? {} : { digest: plan.approval.digest }) },
          });
        case 'reject':
          return call('post', '/api/v1/autonomous/plans/{id}/reject', { ...sent, body: said });
        case 'cancel':
          return call('post', '/api/v1/autonomous/plans/{id}/cancel', { ...sent, body: said });
      }
    },
    ['plans'],
    ({ kind }) => decided[kind],
  );
