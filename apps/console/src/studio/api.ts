import type { Schema } from '@interlock/api-types';
import { queryOptions } from '@tanstack/react-query';
import { ApiProblem, call, read, tenantStore } from '../api/client.js';
import { routeQuery } from '../api/route-query.js';

export type Bundle = Schema<'BundleDto'>;
export type FlipList = Schema<'FlipListDto'>;
export type CanaryStatus = Schema<'CanaryStatusDto'>;
export type GateReading = Schema<'GateReadingDto'>;
export type Run = Schema<'SimulationRunDto'>;
export type Simulated = Schema<'SimulationDto'>;
export type Compared = Schema<'ComparisonDto'>;

const keyOf = (tenant: string | undefined): string => tenant ?? '';
/** Casts a bundle to the type of the OpenAPI document, which cannot describe it. */
const written = (bundle: unknown): Record<string, never> => bundle as Record<string, never>;

const orNull = async <T>(asked: Promise<T>): Promise<T | null> => {
  try {
    return await asked;
  } catch (error) {
    if (error instanceof ApiProblem && error.problem.status === 404) return null;
    throw error;
  }
};

export const bundleListQuery = () =>
  routeQuery('/api/v1/policy/bundles', ['bundles', 'list'], { query: { limit: 100 } });
export const bundleQuery = (id: string) =>
  routeQuery('/api/v1/policy/bundles/{id}', ['bundles', 'one', id], { path: { id } });
export const flipListQuery = (id: string, tenant = tenantStore.get()) =>
  queryOptions({
    queryKey: ['bundles', 'flips', id, keyOf(tenant)],
    queryFn: ({ signal }) =>
      orNull(read('/api/v1/policy/bundles/{id}/flip-list', { path: { id }, tenant, signal })),
  });
export const canaryQuery = (id: string) =>
  routeQuery(
    '/api/v1/policy/bundles/{id}/canary-status',
    ['bundles', 'canary', id],
    { path: { id } },
    { refetchInterval: 15_000 },
  );
export const lintSettingsQuery = () =>
  routeQuery('/api/v1/policy/lint/settings', ['bundles', 'lint-settings']);
export const actionTypesQuery = (tenant = tenantStore.get()) =>
  routeQuery('/api/v1/action-types', ['bundles', 'action-types'], { tenant }, { staleTime: 60_000 });
/** The recorded decisions of the last day, with the fields that the rules use. */
export const decisionsQuery = (fields: readonly string[]) =>
  routeQuery(
    '/api/v1/policy/simulate/decisions',
    ['decisions', fields.join(',')],
    { query: { fields: fields.join(','), max_evaluations: 100_000 } },
    { staleTime: Infinity, gcTime: 60_000 },
  );

export type Dataset = 'fixtures' | 'synthetic' | 'replay' | 'custom';
/** The number of days that a replay covers. */
export const replayDays = 14;

/** Starts a comparison of the active bundle (or none) with a draft. It runs in the background. */
export const beginRun = (
  tenant: string | undefined,
  draft: unknown,
  against: string | undefined,
  dataset: object,
): Promise<Run | Simulated | Compared> => {
  const common = { dataset: dataset as { kind: Dataset }, with_policies: true, async: true } as const;
  return against === undefined
    ? call('post', '/api/v1/policy/simulate', { tenant, body: { bundle: written(draft), ...common } })
    : call('post', '/api/v1/policy/simulate/compare', {
        tenant,
        body: { a: { bundle_id: against }, b: { bundle: written(draft) }, ...common },
      });
};
export const readRun = (tenant: string | undefined, id: string) =>
  read('/api/v1/policy/simulate/runs/{id}', { tenant, path: { id }, query: { limit: 200 } });
export const cancelRun = (tenant: string | undefined, id: string): Promise<Run> =>
  call('delete', '/api/v1/policy/simulate/runs/{id}', { tenant, path: { id } });
/** Decides one request at once, by a draft and the guardrails. */
export const tryCase = (
  tenant: string | undefined,
  of: { readonly draft: unknown } | { readonly id: string },
  request: { readonly agent: string; readonly action: string; readonly context: object },
) =>
  call('post', '/api/v1/policy/simulate', {
    tenant,
    body: {
      ...('id' in of ? { bundle_id: of.id } : { bundle: written(of.draft) }),
      dataset: { kind: 'custom', cases: [request] } as { kind: 'custom' },
      with_policies: true,
    },
  });

export const createBundle = (tenant: string | undefined, bundle: unknown) =>
  call('post', '/api/v1/policy/bundles', { tenant, body: written(bundle) });
export const saveBundle = (tenant: string | undefined, id: string, revision: string, bundle: unknown) =>
  call('put', '/api/v1/policy/bundles/{id}', { tenant, path: { id }, revision, body: written(bundle) });
export const cloneBundle = (tenant: string | undefined, id: string, bump: 'major' | 'minor' | 'patch') =>
  call('post', '/api/v1/policy/bundles/{id}/clone', { tenant, path: { id }, body: { bump } });
/**
 * Creates a draft with the same rules under another version. Unlike a new bundle, it keeps the team
 * and the authors.
 */
export const cloneAs = (tenant: string | undefined, id: string, version: string) =>
  call('post', '/api/v1/policy/bundles/{id}/clone', { tenant, path: { id }, body: { version } });
export const importBundle = (tenant: string | undefined, file: unknown) =>
  call('post', '/api/v1/policy/bundles/import', { tenant, body: file as never });

export const makeFlipList = (tenant: string | undefined, id: string): Promise<FlipList> =>
  call('post', '/api/v1/policy/bundles/{id}/flip-list', {
    tenant,
    path: { id },
    body: { from: new Date(Date.now() - replayDays * 86_400_000).toISOString() },
  });
export const approveBundle = (
  tenant: string | undefined,
  id: string,
  body: { readonly bundle_hash: string; readonly flip_list_hash: string; readonly note?: string },
) => call('post', '/api/v1/policy/bundles/{id}/approvals', { tenant, path: { id }, body });
export const activateBundle = (
  tenant: string | undefined,
  id: string,
  body: { readonly bundle_hash: string; readonly approval_id: string },
) => call('post', '/api/v1/policy/bundles/{id}/activate', { tenant, path: { id }, body });

const rolloutRoutes = {
  promote: { post: '/api/v1/policy/bundles/{id}/promote' },
  hold: { post: '/api/v1/policy/bundles/{id}/holds' },
  rollback: { post: '/api/v1/policy/bundles/{id}/rollback' },
} as const;
export type RolloutAct = keyof typeof rolloutRoutes | 'release';
/** Changes the course of a canary. Each act needs a reason. */
export const actOnRollout = (
  tenant: string | undefined,
  id: string,
  act: RolloutAct,
  reason: string,
): Promise<unknown> => {
  const sent = { tenant, path: { id }, body: { reason } };
  return act === 'release'
    ? call('delete', '/api/v1/policy/bundles/{id}/holds', sent)
    : call('post', rolloutRoutes[act].post, sent);
};
