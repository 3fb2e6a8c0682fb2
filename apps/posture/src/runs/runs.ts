import { systemTenant, type Timestamp } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { uuidV5, type CommandContext, cutText } from '@interlock/kernel';
import { LOGGER, newId, serviceCommandContext } from '@interlock/platform';
import { isRecorded, runsStream, type PostureAssessment, type RunTrigger } from '@interlock/posture';
import { Inject, Injectable } from '@nestjs/common';
import { InputFolder } from '../files/input-folder.js';
import { PostureRunHandler } from '../handlers.js';
import { Levels } from '../levels.js';
import { Outputs } from '../outputs/outputs.js';
import { PostureIndex } from '../posture-index.js';

export type RunResult = {
  readonly run_id: string;
  readonly posture: PostureAssessment;
  /** Why the run failed, and its fix branch; null if it succeeded. */
  readonly failure: { readonly detail: string; readonly branch: string | null } | null;
};
type Run = { readonly run_id: string; readonly trigger: RunTrigger; readonly due_at?: Timestamp };

const messageOf = (error: unknown): string => {
  const code = (error as NodeJS.ErrnoException | null)?.code;
  return typeof code === 'string'
    ? `the state files could not be written (${code})`
    : 'the state files could not be written';
};

/**
 * Evaluations by schedule, on request, and after a change. Each is recorded, and its files are
 * written.
 */
@Injectable()
export class Runs {
  /**
   * Tenants whose files could not be written after a change of level; reported once, until a write
   * succeeds.
   */
  readonly #failing = new Set<string>();
  #changes: Promise<void> = Promise.resolve();

  constructor(
    private readonly handler: PostureRunHandler,
    private readonly index: PostureIndex,
    private readonly levels: Levels,
    private readonly outputs: Outputs,
    private readonly inputs: InputFolder,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {
    levels.onRecorded((posture) => {
      if (outputs.configured) this.#changes = this.#changes.then(() => this.#changed(posture));
    });
  }

  /** Resolves when the files of the last change are written. */
  async stop(): Promise<void> {
    await this.#changes;
  }

  /** Runs one evaluation on request. */
  command(tenantId: string, context: CommandContext): Promise<RunResult> {
    return this.#run(tenantId, { run_id: newId(), trigger: 'command' }, context);
  }

  /**
   * Runs the daily evaluation of every tenant. An evaluation that already ran for this due time is
   * not repeated.
   */
  async scheduled(due_at: Timestamp): Promise<void> {
    await this.index.atLeast(null);
    // `_system` comes last: once its run is recorded, all others are.
    const others = this.index.tenants().filter((tenant) => tenant !== systemTenant);
    for (const tenant of [...others, systemTenant]) {
      const run_id = uuidV5('posture-run', tenant, due_at);
      if (isRecorded(this.index.runsOf(tenant), run_id)) continue;
      await this.#run(
        tenant,
        { run_id, trigger: 'schedule', due_at },
        serviceCommandContext('posture', tenant),
      );
    }
  }

  async #run(tenant: string, run: Run, context: CommandContext): Promise<RunResult> {
    const faults = tenant === this.inputs.tenant ? await this.inputs.scan() : [];
    await this.index.atLeast(null);
    const posture = await this.levels.record(tenant);
    const details = faults.map(
      ({ path, violations: [first] }) => `${path}${first?.pointer ?? ''} ${first?.detail ?? 'is malformed'}`,
    );
    if (this.outputs.configured)
      try {
        await this.outputs.write(posture);
        this.#failing.delete(tenant);
      } catch (error) {
        this.logger.error({ err: error, tenant_id: tenant }, 'the state files could not be written');
        details.push(messageOf(error));
      }
    const failure =
      details.length === 0
        ? null
        : await this.#failed(tenant, run, context.now, cutText(details.join('; '), 1000));
    // INVARIANT: a run is recorded only after its files were written or given up, so one
    // interrupted by a crash is repeated.
    const { policy, effective, inputs } = posture;
    await this.handler.handle(
      runsStream(tenant),
      failure === null
        ? { kind: 'RecordRun', run: { ...run, policy, effective, inputs } }
        : { kind: 'RecordFailedRun', run: { ...run, ...failure } },
      context,
    );
    return { run_id: run.run_id, posture, failure };
  }

  /** Leaves the marker and the fix branch of a failed run. */
  async #failed(
    tenantId: string,
    { run_id }: Run,
    at: Timestamp,
    detail: string,
  ): Promise<NonNullable<RunResult['failure']>> {
    return { detail, branch: await this.outputs.fail({ tenantId, run: run_id, at, detail }) };
  }

  /**
   * Writes the files after a change of level. If that fails for good, it is a failed run, reported
   * once.
   */
  async #changed(posture: PostureAssessment): Promise<void> {
    const { tenant_id: tenant } = posture;
    try {
      await this.outputs.write(posture);
      this.#failing.delete(tenant);
    } catch (error) {
      this.logger.error({ err: error, tenant_id: tenant }, 'the state files could not be written');
      if (this.#failing.has(tenant)) return;
      this.#failing.add(tenant);
      await this.#changeFailed(tenant, messageOf(error)).catch((failure: unknown) => {
        this.#failing.delete(tenant);
        this.logger.error({ err: failure, tenant_id: tenant }, 'a failed run could not be recorded');
      });
    }
  }

  async #changeFailed(tenant: string, detail: string): Promise<void> {
    const run = { run_id: newId(), trigger: 'change' } as const;
    const context = serviceCommandContext('posture', tenant);
    const { branch } = await this.#failed(tenant, run, context.now, detail);
    await this.handler.handle(
      runsStream(tenant),
      { kind: 'RecordFailedRun', run: { ...run, branch, detail } },
      context,
    );
  }
}
