import { streamName, type Timestamp } from '@interlock/contracts';
import { traceparentWithin } from '@interlock/jetstream';
import type { CommandContext } from '@interlock/kernel';
import { serviceCommandContext } from '@interlock/platform';
import type { KnownPlan } from '@interlock/rails';

/** Returns the stream of a plan. */
export const planStream = (tenantId: string, planId: string): string => streamName('plan', tenantId, planId);

/** The context of what the service itself does for a plan. */
export const planContext = ({ submitted, traceparent }: KnownPlan, now: Timestamp): CommandContext =>
  serviceCommandContext('safety-rails', submitted.tenant_id, {
    now,
    correlationId: submitted.plan_id,
    ...traceparentWithin(traceparent),
  });
