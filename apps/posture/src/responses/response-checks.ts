import { systemTenant, type AuditCheckAnswer, type CheckKind } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { isProblem, ProblemError, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, nowText, serviceCommandContext } from '@interlock/platform';
import {
  checksStream,
  inputFiles,
  isCheckingResponse,
  type ResponseAction,
  type ResponseOutcome,
} from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { InputFolder } from '../files/input-folder.js';
import { ChecksHandler } from '../handlers.js';
import { hasUndoRecord, readyMirror, restoreMirror } from './anchor-mirror.js';
import { ResponseOutputs } from './outputs.js';

/**
 * The deadline in milliseconds of one call for a check. A check that takes longer is requested
 * again with the same id.
 */
const deadlineMs = 30_000;
const waitMs = 1000;
/**
 * How long, in milliseconds, an unreachable service is retried. After that, the check has neither
 * passed nor failed.
 */
const timeoutMs = 600_000;
const keptFindings = 20;

const waits: ReadonlySet<string> = new Set(['service-unreachable', 'deadline-exceeded', 'not-current']);

/** Rejects when the signal is aborted. */
const whenAborted = (signal: AbortSignal): Promise<never> =>
  new Promise((_, reject) => {
    signal.addEventListener(
      'abort',
      () => reject(new ProblemError('service-unreachable', 'the service is stopping')),
      { once: true },
    );
  });

/** Carries out a response. It calls `check` synchronously before its first effect. */
export type ReadyResponse = (check: () => void, aborted: AbortSignal) => Promise<ResponseOutcome>;

/** Carries out responses. Each check is recorded as `IntegrityChecked`, once for its action. */
@Injectable()
export class ResponseChecks {
  constructor(
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly checks: ChecksHandler,
    private readonly outputs: ResponseOutputs,
    @Inject(InputFolder) private readonly inputs: Pick<InputFolder, 'checkCsv'>,
  ) {}

  /**
   * Returns whether a response may have had an effect. A response that only reads returns true,
   * because it can always be repeated.
   */
  async hasBegun(action: ResponseAction, responseId: string): Promise<boolean> {
    if (isCheckingResponse(action)) return true;
    const directory = this.outputs.directory(systemTenant);
    return directory !== null && (await hasUndoRecord(directory, responseId));
  }

  /**
   * Reads everything that a response needs before it changes anything, and returns the function
   * that carries it out.
   * That function calls `check` before its first effect. It rejects with the error of `check`, or
   * if the response cannot be carried out. `aborted` ends the wait for an unreachable service.
   */
  async ready(action: ResponseAction, actionId: string, responseId: string): Promise<ReadyResponse> {
    if (!isCheckingResponse(action)) return this.#readyMirror(responseId);
    return async (check, aborted) => {
      check();
      const asked = await this.#ask(action, actionId, aborted);
      const answer = action === 'schema_validation' ? await this.#withInputs(asked) : asked;
      await this.record(action, actionId, answer);
      const { passed, checked, failed, range, detail, findings } = answer;
      return {
        passed,
        checked,
        failed,
        range,
        detail,
        findings: findings.slice(0, keptFindings),
        change: null,
      };
    };
  }

  /** Restores what a response has changed. Does nothing for a response that only reads. */
  async takeBack(action: ResponseAction, responseId: string): Promise<void> {
    const directory = this.outputs.directory(systemTenant);
    if (!isCheckingResponse(action) && directory !== null) await restoreMirror(directory, responseId);
  }

  /** Records the result of a check, once for each request. */
  async record(kind: CheckKind, requestId: string, answer: AuditCheckAnswer): Promise<void> {
    const { passed, checked, failed, range, detail } = answer;
    await this.checks.handle(
      checksStream(systemTenant),
      {
        kind: 'RecordCheck',
        result: { request_id: requestId, kind, range, passed, checked, failed, detail },
      },
      serviceCommandContext('posture', systemTenant, { correlationId: requestId }),
    );
  }

  async #ask(kind: CheckKind, requestId: string, aborted: AbortSignal): Promise<AuditCheckAnswer> {
    const began = performance.now();
    for (;;) {
      aborted.throwIfAborted();
      try {
        return await Promise.race([
          this.rpc.call('audit.check', { kind, request_id: requestId }, { deadlineMs }),
          whenAborted(aborted),
        ]);
      } catch (error) {
        aborted.throwIfAborted();
        if (!isProblem(error) || !waits.has(error.code) || performance.now() - began > timeoutMs) throw error;
        await new Promise((resolve) => setTimeout(resolve, waitMs).unref());
      }
    }
  }

  /**
   * Adds the check of the CSV inputs. The posture service runs it, because the audit service sees
   * only the log and the read models.
   */
  async #withInputs(answer: AuditCheckAnswer): Promise<AuditCheckAnswer> {
    const csv = await this.inputs.checkCsv();
    if (csv === null) return answer;
    const path = inputFiles.integrity_score;
    const [first] = csv.faults;
    const csvText =
      first === undefined
        ? `${csv.rows} rows of ${path} fit their schema`
        : `${path}${first.pointer} ${first.detail}`;
    return {
      ...answer,
      passed: answer.passed && csv.faults.length === 0,
      checked: answer.checked + Math.max(csv.rows, csv.faults.length),
      failed: answer.failed + csv.faults.length,
      detail: `${answer.detail}; ${csvText}`,
      findings: [
        ...answer.findings,
        ...csv.faults.map(({ pointer, detail }) => ({
          code: 'input-malformed',
          detail: `${path}${pointer} ${detail}`,
          position: null,
        })),
      ],
    };
  }

  async #readyMirror(responseId: string): Promise<ReadyResponse> {
    const directory = this.outputs.directory(systemTenant);
    if (directory === null)
      throw new ProblemError('not-found', 'no directory is configured for the mirror', {
        remedy: 'set `POSTURE_OUTPUT_DIR`',
      });
    const rebuild = await readyMirror(this.store, directory, responseId, nowText());
    return async (check) => {
      const { count, before, after, backup } = await rebuild(check);
      return {
        passed: null,
        checked: count,
        failed: 0,
        range: null,
        detail: `rebuilt from ${count} signed checkpoints`,
        findings: [],
        change: { path: 'mirrors/anchor_chain.json', backup, before, after },
      };
    };
  }
}
