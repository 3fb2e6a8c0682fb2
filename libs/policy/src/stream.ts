import { streamName, systemTenant } from '@interlock/contracts';

/** Returns the stream of a guardrail policy. */
export const policyStream = (tenantId: string, policyId: string): string =>
  streamName('policy', tenantId, policyId);
/** Returns the stream of a bundle's draft, approvals and release. */
export const bundleStream = (tenantId: string, bundleId: string): string =>
  streamName('bundle', tenantId, bundleId);
/** Returns the stream that says which bundle decides, for the tenant or for one of its teams. */
export const rolloutStream = (tenantId: string, scope = 'all'): string =>
  streamName('rollout', tenantId, scope);
/** Returns the stream of a catalogue entry; the built-in ones belong to `_system`. */
export const actionTypeStream = (name: string, tenantId: string = systemTenant): string =>
  streamName('action_type', tenantId, name);
/** Returns the stream of a tenant's evaluations of one day, `YYYY-MM-DD` in UTC. */
export const evaluationStream = (tenantId: string, day: string): string =>
  streamName('evaluation', tenantId, day);
