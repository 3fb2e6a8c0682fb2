import { call } from '../api/client.js';
import { routeQuery } from '../api/route-query.js';

/** The versions of a policy, the newest first. */
export const versionsQuery = (tenantId: string, policyId: string) =>
  routeQuery('/api/v1/policies/{tenantId}/{policyId}/versions', ['policies', 'versions', policyId], {
    path: { tenantId, policyId },
    query: { limit: 100 },
    tenant: tenantId,
  });

/** The differences between two versions. */
export const comparedQuery = (tenantId: string, policyId: string, from: number, to: number) =>
  routeQuery(
    '/api/v1/policies/{tenantId}/{policyId}/versions/{version}/compare/{other}',
    ['policies', 'compared', policyId, from, to],
    { path: { tenantId, policyId, version: String(from), other: String(to) }, tenant: tenantId },
  );

/** The latest evaluations that used a policy. */
export const usesQuery = (tenantId: string, policyId: string) =>
  routeQuery('/api/v1/policies/{tenantId}/{policyId}/audit-trail', ['policies', 'uses', policyId], {
    path: { tenantId, policyId },
    query: { limit: 50 },
    tenant: tenantId,
  });

/** Casts the content of a policy, for which the OpenAPI document has only a description. */
const written = (content: object): Record<string, never> => content as Record<string, never>;

export const createPolicy = (tenantId: string, content: object, reason: string) =>
  call('post', '/api/v1/policies/{tenantId}', {
    path: { tenantId },
    tenant: tenantId,
    reason,
    body: written(content),
  });

/** Creates a new version from the revision that the user saw. */
export const changePolicy = (
  tenantId: string,
  { policy_id: policyId, revision }: { readonly policy_id: string; readonly revision: string },
  change: object,
  reason: string,
) =>
  call('patch', '/api/v1/policies/{tenantId}/{policyId}', {
    path: { tenantId, policyId },
    tenant: tenantId,
    revision,
    reason,
    body: written(change),
  });
