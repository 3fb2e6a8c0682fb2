import { streamName, systemTenant } from '@interlock/contracts';

/** A guardrail policy. */
export const policyStream = (tenantId: string, policyId: string): string =>
  streamName('policy', tenantId, policyId);
/** A bundle's draft, approvals and release. */
export const bundleStream = (tenantId: string, bundleId: string): string =>
  streamName('bundle', tenantId, bundleId);
/** Which bundle decides, for the tenant or for one of its teams. */
export const rolloutStream = (tenantId: string, scope = 'all'): string =>
  streamName('rollout', tenantId, scope);
/** A catalogue entry; the built-in ones belong to `_system`. */
export const actionTypeStream = (name: string, tenantId: string = systemTenant): string =>
  streamName('action_type', tenantId, name);
/** A tenant's evaluations of one day, `YYYY-MM-DD` in UTC. */
export const evaluationStream = (tenantId: string, day: string): string =>
  streamName('evaluation', tenantId, day);
