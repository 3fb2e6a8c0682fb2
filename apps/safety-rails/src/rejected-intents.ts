import { subject, type IntentRejectedV1 } from '@interlock/contracts';
import { contentHash, type ProblemError } from '@interlock/kernel';
import type { BusPublisher } from '@interlock/jetstream';
import { depthLimit, isDeeperThan, newId, nowText } from '@interlock/platform';
import type { Logger } from 'pino';

const idOf = (raw: unknown): string | null => {
  const { id, intent_id: intentId } = (raw ?? {}) as { id?: unknown; intent_id?: unknown };
  const text = intentId ?? id;
  return typeof text === 'string' ? text.slice(0, 128) : null;
};

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } => typeof value === 'object' && value !== null && !Array.isArray(value);

/** The intent or its CloudEvent without who is said to have asked: nothing on the bus names people. */
const withoutPeople = (raw: unknown): unknown => {
  const unnamed = (value: unknown): unknown => (isRecord(value) && 'requested_by' in value ? { ...value, requested_by: '[left out]' } : value);
  return isRecord(raw) && 'data' in raw ? { ...raw, data: unnamed(raw['data']) } : unnamed(raw);
};

/** What did not fit is answered on `interlock.intents.rejected.<tenant>` and kept there, whichever way it came. */
export class RejectedIntents {
  constructor(private readonly publisher: BusPublisher, private readonly logger: Logger) {}

  /** Throws where the bus does not take it: a consumer then tries again. */
  async publish(tenantId: string, raw: unknown, problem: ProblemError, msgId: string): Promise<void> {
    const data: IntentRejectedV1 = {
      intent_id: idOf(raw), tenant_id: tenantId, code: problem.code, detail: problem.detail, violations: problem.violations.map(({ pointer, detail }) => ({ pointer, detail })),
    };
    await this.publisher.publish(subject({ kind: 'rejected', tenant: tenantId }), {
      specversion: '1.0', type: 'interlock.intent_rejected.v1', source: 'interlock/safety-rails', id: newId(), time: nowText(), datacontenttype: 'application/json', data, intent: isDeeperThan(raw, depthLimit) ? null : (withoutPeople(raw) ?? null),
    }, { msgId });
  }

  /** For HTTP, where the caller has its answer anyway: a bus that is down is logged. */
  async keep(tenantId: string, raw: unknown, problem: ProblemError): Promise<void> {
    try {
      await this.publish(tenantId, raw, problem, `rejected:${tenantId}:${contentHash(withoutPeople(raw) ?? null)}:${problem.code}`);
    } catch (error) {
      this.logger.warn({ err: error, tenant_id: tenantId }, 'a rejected intent could not be kept on the bus');
    }
  }
}
