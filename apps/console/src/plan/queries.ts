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

const decisions = {
  approve: { post: '/api/v1/autonomous/plans/{id}/approve', done: 'The plan was approved.' },
  reject: { post: '/api/v1/autonomous/plans/{id}/reject', done: 'The plan was rejected.' },
  cancel: { post: '/api/v1/autonomous/plans/{id}/cancel', done: 'The plan was cancelled.' },
} as const;

export type PlanDecision = {
  readonly plan: Pick<Plan, 'plan_id' | 'tenant_id' | 'approval'>;
  readonly kind: keyof typeof decisions;
  readonly comment: string;
};

/**
 * Sends a decision about a plan. An approval carries the digest that was shown; a rejection or a
 * cancellation does not.
 */
export const usePlanDecision = (): UseMutationResult<Plan, Error, PlanDecision> =>
  useSend(
    ({ plan, kind, comment }: PlanDecision) =>
      call('post', decisions[kind].post, {
        tenant: plan.tenant_id,
        path: { id: plan.plan_id },
        body: {
          ...(comment === '' ? {} : { comment }),
          ...(kind === 'approve' && plan.approval !== null ? { digest: plan.approval.digest } : {}),
        },
      }),
    ['plans'],
    ({ kind }) => decisions[kind].done,
  );
