import type { EvaluateRequest, EvaluationAnswer } from '@interlock/contracts';
import { RpcClient } from '@interlock/jetstream';
import { collect } from '@interlock/kernel';
import type { RunningService } from '@interlock/platform';
import { evaluationStream, type EvaluationRecorded } from '@interlock/policy';
import { startParts, testContext, untilReady, type Parts } from '@interlock/testing';
import { start } from '../src/main.js';
import { intent, prediction } from './rules.js';

export const day = (): string => new Date().toISOString().slice(0, 10);
export const asking = (tenant: string, over: Partial<EvaluateRequest> = {}): EvaluateRequest => ({
  tenant_id: tenant,
  intent: intent(tenant),
  prediction,
  posture: 'GREEN',
  at: '2026-03-02T10:30:00.000Z',
  fresh: true,
  ...over,
});
export const failure = async (work: Promise<unknown>): Promise<unknown> =>
  work.then(
    () => undefined,
    (error: unknown) => error,
  );
/** The evaluator on real parts, asked on the bus and over HTTP. */
export class EvaluatorWorld {
  parts!: Parts;
  running!: RunningService;
  rpc!: RpcClient;

  async begin(): Promise<void> {
    this.parts = await startParts();
    this.running = await start(testContext(this.parts, 'policy-evaluator'));
    this.rpc = new RpcClient(this.parts.connection, { caller: 'safety-rails', deadlineMs: 30_000 });
    await untilReady(`http://127.0.0.1:${this.running.http.port}`);
  }

  async end(): Promise<void> {
    await this.running.stop();
    await this.parts.stop();
  }

  /** Asks on the bus, as safety-rails does. */
  ask(tenant: string, over: Partial<EvaluateRequest> = {}): Promise<EvaluationAnswer> {
    return this.rpc.call('policy-evaluator.evaluate', asking(tenant, over), { deadlineMs: 60_000 });
  }

  /** What the log holds of the tenant's evaluations of today. */
  async recorded(tenant: string): Promise<EvaluationRecorded['data'][]> {
    return (await collect(this.parts.log.store.read(evaluationStream(tenant, day())))).map(
      ({ data }) => data as EvaluationRecorded['data'],
    );
  }

  /** Asks over HTTP. */
  async post(
    tenant: string,
    body: unknown,
    headers?: Record<string, string>,
  ): Promise<{ status: number; body: Record<string, unknown> }> {
    const response = await fetch(
      `http://127.0.0.1:${this.running.http.port}/api/v1/policies/${tenant}/evaluate`,
      {
        method: 'POST',
        body: JSON.stringify(body),
        headers: {
          'content-type': 'application/json',
          ...(headers ?? (await this.parts.issuer.person(['POLICY_READ'], { tenant }))),
        },
      },
    );
    return { status: response.status, body: (await response.json()) as Record<string, unknown> };
  }
}
