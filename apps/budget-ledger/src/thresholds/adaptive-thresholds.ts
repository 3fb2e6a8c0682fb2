import {
  thresholdData,
  thresholdStream,
  type ThresholdCommand,
  type ThresholdData,
  type ThresholdEvent,
  type ThresholdState,
} from '@interlock/autonomy';
import { streamName } from '@interlock/contracts';
import { traceparentWithin } from '@interlock/jetstream';
import {
  contentHash,
  ProblemError,
  uuidV5,
  type CommandContext,
  type CommandResult,
  type EventStore,
} from '@interlock/kernel';
import { EVENT_STORE, nowText, serviceCommandContext } from '@interlock/platform';
import { builtInActionTypes } from '@interlock/rails';
import { Inject, Injectable } from '@nestjs/common';
import { AutonomyIndex } from '../autonomy-index.js';
import { ThresholdHandler } from '../handlers.js';

/**
 * The confidence thresholds of action types, adapted by the automatic outcomes of their actions.
 */
@Injectable()
export class AdaptiveThresholds {
  constructor(
    private readonly handler: ThresholdHandler,
    private readonly index: AutonomyIndex,
    @Inject(EVENT_STORE) private readonly store: Pick<EventStore, 'read'>,
  ) {}

  /**
   * Throws `unknown-action-type` if neither the tenant nor Interlock has this type. Its thresholds
   * would wait for actions that cannot occur.
   */
  async requireType(tenantId: string, actionType: string): Promise<void> {
    if (builtInActionTypes.some(({ action_type: one }) => one === actionType)) return;
    const stream = streamName('action_type', tenantId, actionType);
    for await (const { type } of this.store.read(stream, { backwards: true, limit: 1 }))
      if (type === 'ActionTypeRegistered') return;
    throw new ProblemError('unknown-action-type', `\`${actionType}\` is not a registered action type`);
  }

  /** Returns the figures of a day from the outcomes in the index. */
  data(tenantId: string, actionType: string, day: string): ThresholdData {
    // INVARIANT: version and outcomes are read in one turn, so that an auditor finds the same
    // outcomes at that position.
    const { changed_on } = this.index.thresholdOf(tenantId, actionType);
    return thresholdData(this.index.automaticOf(tenantId, actionType), changed_on, day, this.index.version);
  }

  /**
   * Moves the thresholds as the outcomes require, if the tenant has opted in. The index must
   * include the outcome that `cause` names.
   */
  async review(
    tenantId: string,
    actionType: string,
    { event_id, action_id }: { readonly event_id: string; readonly action_id: string },
  ): Promise<void> {
    if (this.index.thresholdOf(tenantId, actionType).target_share === null) return;
    const now = nowText();
    const day = now.slice(0, 10);
    const command: ThresholdCommand = { kind: 'review', day, data: this.data(tenantId, actionType, day) };
    await this.handler.handle(
      thresholdStream(tenantId, actionType),
      command,
      serviceCommandContext('budget-ledger', tenantId, {
        commandId: uuidV5('threshold', event_id, contentHash(command)),
        now,
        correlationId: action_id,
        causationId: event_id,
        ...traceparentWithin(null),
      }),
    );
  }

  /** Records a person's decision: to opt in or out, or to sign the proposed loosening. */
  decide(
    tenantId: string,
    actionType: string,
    command: ThresholdCommand,
    context: CommandContext,
  ): Promise<CommandResult<ThresholdEvent, ThresholdState>> {
    return this.handler.handle(thresholdStream(tenantId, actionType), command, context);
  }

  /** Signs a proposal with figures that are read again. */
  async sign(
    tenantId: string,
    actionType: string,
    digest: string,
    context: CommandContext,
  ): Promise<CommandResult<ThresholdEvent, ThresholdState>> {
    await this.index.current(true);
    const day = context.now.slice(0, 10);
    const data = this.data(tenantId, actionType, day);
    return this.decide(tenantId, actionType, { kind: 'sign', digest, day, data }, context);
  }
}
