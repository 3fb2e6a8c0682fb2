import type { PredictionV1, PredictRequest } from '@interlock/contracts';
import type { DecidedStreams } from '@interlock/kernel';
import { traceEventTypes } from './trace.js';

/** What was asked, as the answer repeats it; whoever asked holds that against the intent. */
export const requestOf = (tenant: string, { input }: PredictionV1): PredictRequest => {
  const {
    affected_entity_count: count,
    incident_id: incident,
    ...asked
  } = input['request'] as unknown as Omit<PredictRequest, 'tenant_id'> & {
    readonly incident_id: string | null;
    readonly affected_entity_count: number | null;
  };
  return {
    tenant_id: tenant,
    ...asked,
    ...(count === null ? {} : { affected_entity_count: count }),
    ...(incident === null ? {} : { incident_id: incident }),
  };
};

/** The streams of this context. A trace follows from the end of an action (`traceOf`), and is no decision of its own. */
export const twinStreams: readonly DecidedStreams[] = [
  { category: 'trace', decider: { types: traceEventTypes } },
];
