import { streamName, systemTenant } from '@interlock/contracts';
import type { AdapterLogger } from '@interlock/eventstore';
import { RpcClient } from '@interlock/jetstream';
import { collect, evolveRecorded, isProblem, type CommandContext, type EventStore } from '@interlock/kernel';
import { EVENT_STORE, LOGGER, nowText, serviceCommandContext } from '@interlock/platform';
import {
  nextResponseStep,
  responseStream,
  outcomeText,
  type ResponseAction,
  type ResponseCommand,
  type ResponseState,
} from '@interlock/posture';
import { actionDecider, type ActionEvent, type ActionState } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { ResponseHandler } from '../handlers.js';
import { Outputs } from '../outputs/outputs.js';
import { ResponseOutputs } from './outputs.js';
import { ResponseIndex } from './response-index.js';
import { actionOf, intentOf } from './response-intent.js';

const requester = 'service:posture';

const away: ReadonlySet<string> = new Set([
  'service-unreachable',
  'not-current',
  'log-unavailable',
  'append-outcome-unknown',
  'database-unavailable',
  'deadline-exceeded',
  'read-model-behind',
  'overloaded',
  'rate-limited',
]);

/** The steps of one run: it submits each action, waits for its end, and then ends the run. */
@Injectable()
export class ResponseSteps {
  readonly #submitted = new Set<string>();

  constructor(
    private readonly index: ResponseIndex,
    private readonly handler: ResponseHandler,
    @Inject(RpcClient) private readonly rpc: Pick<RpcClient, 'call'>,
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly outputs: ResponseOutputs,
    @Inject(Outputs) private readonly files: Pick<Outputs, 'fail'>,
    @Inject(LOGGER) private readonly logger: AdapterLogger,
  ) {}

  /**
   * Takes steps until the run waits, has ended, or the process stops. Returns true if a step failed
   * and should be retried soon.
   */
  async advance(tenantId: string, responseId: string, isStopped: () => boolean): Promise<boolean> {
    try {
      let { state } = await this.handler.load(responseStream(tenantId, responseId));
      while (!isStopped()) {
        const step = nextResponseStep(state);
        switch (step.kind) {
          case 'none':
            return false;
          case 'submit':
            state = await this.command(tenantId, responseId, {
              kind: 'SubmitAction',
              data: { action: step.action, action_id: actionOf(responseId, step.action) },
            });
            break;
          case 'await': {
            const next = await this.#follow(tenantId, responseId, step.action, step.action_id);
            if (next === null) return false;
            state = next;
            break;
          }
          case 'complete':
            state = await this.#end(tenantId, responseId, state);
            break;
        }
      }
      return false;
    } catch (error) {
      if (isStopped()) return false;
      this.logger.warn(
        { err: error, response_id: responseId },
        'a response could not continue, and is tried again',
      );
      return true;
    }
  }

  /**
   * Submits the action once per process, which has no effect if it exists already. Records its end;
   * returns null if it has not ended.
   */
  async #follow(
    tenantId: string,
    responseId: string,
    action: ResponseAction,
    actionId: string,
  ): Promise<ResponseState> {
    if (!this.#submitted.has(actionId)) {
      try {
        await this.rpc.call('safety-rails.submit', {
          intent: intentOf(responseId, action),
          requester,
          time: nowText(),
        });
      } catch (error) {
        if (!isProblem(error) || away.has(error.code)) throw error;
        return this.#fail(tenantId, responseId, `${action} was refused: ${error.code}: ${error.detail}`);
      }
      this.#submitted.add(actionId);
    }
    const events = await collect(this.store.read(streamName('action', systemTenant, actionId)));
    const ended = events.reduce<ActionState>(
      (state, event) => evolveRecorded(actionDecider, state, event),
      actionDecider.initial,
    );
    if (ended.status === 'NONE' || ended.ended_at === null) return null;
    this.#submitted.delete(actionId);
    await this.index.follower.confirmCurrent();
    const { outcome, reasons } = this.index.workOf(actionId);
    const last = (events.at(-1)?.data ?? {}) as Partial<
      Extract<ActionEvent, { type: 'ActionExpired' }>['data']
    >;
    const why = (reasons.length > 0 ? reasons : (last.reasons ?? [])).map(({ detail }) => detail).join('; ');
    return this.command(tenantId, responseId, {
      kind: 'EndAction',
      data: {
        action,
        action_id: actionId,
        state: ended.status,
        passed: ended.status === 'COMPLETED' ? (outcome?.passed ?? null) : null,
        detail: ended.status === 'COMPLETED' && outcome !== null ? outcomeText(outcome) : why,
      },
    });
  }

  /**
   * Completes a run whose actions have ended, or fails it if one of them could not be carried out.
   */
  async #end(tenantId: string, responseId: string, state: ResponseState): Promise<ResponseState> {
    await this.index.follower.confirmCurrent();
    const undone = (state?.runs ?? []).filter(
      ({ action_id }) => this.index.workOf(action_id).phase === 'failed',
    );
    if (undone.length > 0) {
      const failures = undone.map(
        ({ action, ended }) => `${action} could not be done: ${ended?.detail ?? ''}`,
      );
      return this.#fail(tenantId, responseId, failures.join('; '));
    }
    const completed = await this.command(tenantId, responseId, { kind: 'CompleteResponse' });
    if (completed !== null) await this.outputs.write(tenantId, completed);
    return completed;
  }

  /**
   * Ends a failed run. It first writes the files, the marker and the fix branch, so that the event
   * names the branch.
   */
  async #fail(tenantId: string, responseId: string, detail: string): Promise<ResponseState> {
    const { state } = await this.handler.load(responseStream(tenantId, responseId));
    const branch = await this.files.fail({
      tenantId,
      run: responseId,
      at: state?.began_at ?? nowText(),
      detail: `response ${responseId}: ${detail}`,
    });
    const failed = await this.command(tenantId, responseId, { kind: 'FailResponse', detail, branch });
    if (failed !== null) await this.outputs.write(tenantId, failed);
    return failed;
  }

  async command(
    tenantId: string,
    responseId: string,
    command: ResponseCommand,
    context: CommandContext = this.context(tenantId, responseId),
  ): Promise<ResponseState> {
    return (await this.handler.handle(responseStream(tenantId, responseId), command, context)).state;
  }

  context(tenantId: string, responseId: string): CommandContext {
    return serviceCommandContext('posture', tenantId, { correlationId: responseId });
  }
}
