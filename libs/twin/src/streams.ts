import { streamName } from '@interlock/contracts';

/**
 * The traces of a tenant that finished on a day (`YYYY-MM-DD`, UTC). Appended without expected
 * revision, so readers drop a repeated `trace_id`.
 */
export const traceStream = (tenantId: string, day: string): string => streamName('trace', tenantId, day);
