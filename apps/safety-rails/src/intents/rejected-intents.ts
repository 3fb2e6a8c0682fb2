import { Inject, Injectable } from '@nestjs/common';
import { intentIdPattern, refusalLimits, subject, type IntentRejectedV1 } from '@interlock/contracts';
import { isProblem, sha256Hex, type ProblemError, cutText } from '@interlock/kernel';
import { BusPublisher, RpcClient } from '@interlock/jetstream';
import {
  depthLimit,
  isDeeperThan,
  LOGGER,
  newId,
  nowText,
  problemStatus,
  type Principal,
} from '@interlock/platform';
import type { Logger } from 'pino';

const idIn = (raw: unknown): string | null => {
  const { id, intent_id: intentId } = (raw ?? {}) as { id?: unknown; intent_id?: unknown };
  const text = intentId ?? id;
  return typeof text === 'string' ? text : null;
};

/** Returns the beginning of a text, which the log and the database can store. */
const storable = (text: string, most: number): string =>
  cutText(text, most).toWellFormed().replaceAll('\0', '\u{fffd}');

const isRecord = (value: unknown): value is { readonly [name: string]: unknown } =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** A message on the bus has a limited size; the detail says how many violations there are. */
const mostViolations = 500;
const longestPointer = 512;

const leftOut = '[left out]';

/**
 * Removes every `requested_by` from an intent, because nothing on the bus may name people. The
 * intent must not be nested deeply.
 */
const withoutPeople = (raw: unknown): unknown => {
  if (Array.isArray(raw)) return raw.map(withoutPeople);
  if (!isRecord(raw)) return raw;
  return Object.fromEntries(
    Object.entries(raw).map(([name, member]) => [
      name,
      name === 'requested_by' ? leftOut : withoutPeople(member),
    ]),
  );
};

/** Removes the value at a JSON pointer. */
const without = (raw: unknown, [name, ...rest]: readonly string[]): unknown => {
  if (name === undefined) return leftOut;
  if (Array.isArray(raw))
    return raw.map((item: unknown, i) => (`${i}` === name ? without(item, rest) : item));
  return isRecord(raw) && Object.hasOwn(raw, name) ? { ...raw, [name]: without(raw[name], rest) } : raw;
};
const partsOf = (pointer: string): readonly string[] =>
  pointer
    .split('/')
    .slice(1)
    .map((part) => part.replaceAll('~1', '/').replaceAll('~0', '~'));

const withoutTexts = (raw: unknown): unknown => {
  if (typeof raw === 'string') return leftOut;
  if (Array.isArray(raw)) return raw.map(withoutTexts);
  return isRecord(raw)
    ? Object.fromEntries(Object.entries(raw).map(([name, member]) => [name, withoutTexts(member)]))
    : raw;
};

/**
 * Returns a person's intent without its faulty values and without texts in its parameters. These
 * may hold anything, e.g. a comment, and their writer has seen the answer.
 */
const withoutFaults = (raw: unknown, { code, violations }: ProblemError): unknown => {
  if (violations.length > mostViolations) return null;
  const rest =
    code === 'validation-failed'
      ? violations.reduce((left, { pointer }) => without(left, partsOf(pointer)), raw)
      : raw;
  return isRecord(rest) && 'parameters' in rest
    ? { ...rest, parameters: withoutTexts(rest['parameters']) }
    : rest;
};

/**
 * True if a problem refuses the intent itself. After a fault of Interlock's own, such as no room or
 * a log that does not answer, the same intent may be accepted at the next attempt, or is already.
 */
export const isRefusal = (error: unknown): error is ProblemError =>
  isProblem(error) && problemStatus[error.code] < 500;

/**
 * Invalid intents from every route are answered and kept on `interlock.intents.rejected.<tenant>`.
 */
@Injectable()
export class RejectedIntents {
  constructor(
    private readonly publisher: BusPublisher,
    private readonly rpc: RpcClient,
    @Inject(LOGGER) private readonly logger: Logger,
  ) {}

  /**
   * Publishes an invalid intent. Throws if the bus does not store it; a consumer then retries. If
   * it is too large with its content, it is sent without the content.
   */
  async publish(
    tenantId: string,
    raw: unknown,
    problem: ProblemError,
    { msgId, submitter }: { readonly msgId: string; readonly submitter: string },
  ): Promise<void> {
    const intent = isDeeperThan(raw, depthLimit) ? null : (withoutPeople(raw) ?? null);
    this.#record(tenantId, { raw, intent }, problem, { msgId, submitter });
    try {
      await this.#send(tenantId, raw, intent, problem, msgId);
    } catch (error) {
      if (!isProblem(error, 'payload-too-large') || intent === null) throw error;
      await this.#send(tenantId, raw, null, problem, msgId);
    }
  }

  /**
   * Reports the refusal to audit without waiting, because the refusal stands in any case. Audit
   * records it, and the submitter's webhooks read the record.
   */
  #record(
    tenant_id: string,
    { raw, intent }: { readonly raw: unknown; readonly intent: unknown },
    { code, detail, violations }: ProblemError,
    { msgId, submitter }: { readonly msgId: string; readonly submitter: string },
  ): void {
    const id = idIn(raw);
    const limits = refusalLimits;
    this.rpc
      .call('audit.record_access', {
        request_id: msgId,
        tenant_id,
        submitter,
        content_hash: sha256Hex(JSON.stringify(intent)),
        intent_id: id !== null && intentIdPattern.test(id) ? id : null,
        codes: [code],
        detail: storable(detail, limits.detail),
        violations: submitter.startsWith('person:')
          ? []
          : violations.slice(0, limits.violations).map((one) => ({
              pointer: storable(one.pointer, limits.pointer),
              detail: storable(one.detail, limits.detail),
            })),
      })
      .catch((error: unknown) => {
        this.logger.warn({ err: error, tenant_id }, 'a refused intent could not be recorded in the log');
      });
  }

  async #send(
    tenantId: string,
    raw: unknown,
    intent: unknown,
    problem: ProblemError,
    msgId: string,
  ): Promise<void> {
    const id = idIn(raw);
    const data: IntentRejectedV1 = {
      intent_id: id === null ? null : cutText(id, 128),
      tenant_id: tenantId,
      code: problem.code,
      detail: problem.detail,
      violations: problem.violations
        .slice(0, mostViolations)
        .map(({ pointer, detail }) => ({ pointer: cutText(pointer, longestPointer), detail })),
    };
    await this.publisher.publish(
      subject({ kind: 'rejected', tenant: tenantId }),
      {
        specversion: '1.0',
        type: 'interlock.intent_rejected.v1',
        source: 'interlock/safety-rails',
        id: newId(),
        time: nowText(),
        datacontenttype: 'application/json',
        data,
        intent,
      },
      { msgId },
    );
  }

  /**
   * Keeps a refused intent from HTTP. A failure is only logged, because the caller has the answer
   * anyway.
   */
  async keep(
    { tenant_id: tenantId, kind, requester }: Pick<Principal, 'tenant_id' | 'kind' | 'requester'>,
    body: unknown,
    problem: ProblemError,
  ): Promise<void> {
    try {
      const bounded = isDeeperThan(body, depthLimit) ? null : body;
      const raw = withoutPeople(kind === 'person' ? withoutFaults(bounded, problem) : bounded);
      await this.publish(tenantId, raw, problem, {
        msgId: `rejected:${tenantId}:${sha256Hex(JSON.stringify(raw ?? null))}:${problem.code}`,
        submitter: requester,
      });
    } catch (error) {
      this.logger.warn({ err: error, tenant_id: tenantId }, 'a rejected intent could not be kept on the bus');
    }
  }
}
