import {
  earnedStream,
  lookupInStates,
  resolveMode,
  type EarnedCommand,
  type EarnedEvent,
  type EarnedState,
  type ModeQuery,
  type Outcome,
} from '@interlock/autonomy';
import { traceparentWithin } from '@interlock/jetstream';
import { contentHash, uuidV5, type CommandContext, type CommandResult } from '@interlock/kernel';
import { nowText, serviceCommandContext } from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import { AdaptiveThresholds } from '../thresholds/adaptive-thresholds.js';
import { AutonomyIndex } from '../autonomy-index.js';
import { EarnedHandler } from '../handlers.js';

/** The event that causes a record, and the action that it concerns. */
type Cause = { readonly event_id: string; readonly action_id: string };

/** Records outcomes by account and action type, and the steps that follow from them. */
@Injectable()
export class EarnedRecord {
  constructor(
    private readonly handler: EarnedHandler,
    private readonly index: AutonomyIndex,
    private readonly thresholds: AdaptiveThresholds,
  ) {}

  /** Counts the outcome of an action once, and takes the step that is then due. */
  async count(cell: ModeQuery, outcome: Outcome, eventId: string): Promise<void> {
    await this.#record(
      cell,
      { kind: 'count', ...outcome },
      { event_id: eventId, action_id: outcome.action_id },
    );
  }

  /** Counts a person's verdict on an action, and takes the step that is then due. */
  async judge(
    cell: ModeQuery,
    {
      action_id,
      verdict,
      by,
      affected_entity_count,
      day,
    }: Omit<Extract<EarnedCommand, { kind: 'judge' }>, 'kind'>,
    eventId: string,
  ): Promise<void> {
    await this.#record(
      cell,
      { kind: 'judge', action_id, verdict, by, affected_entity_count, day },
      { event_id: eventId, action_id },
    );
  }

  /** Records a person's decision about a proposal or a step. */
  decide(
    cell: ModeQuery,
    command: EarnedCommand,
    context: CommandContext,
  ): Promise<CommandResult<EarnedEvent, EarnedState>> {
    return this.handler.handle(streamOf(cell), command, context);
  }

  /** Returns the share of good outcomes that the tenant requires for autonomy. */
  targetOf(tenantId: string): number {
    return this.index.modesOf(tenantId).target.share;
  }

  async #record(cell: ModeQuery, command: EarnedCommand, cause: Cause): Promise<void> {
    await this.#handle(cell, command, cause);
    // INVARIANT: the review follows every outcome, also when a message is repeated. So a due step
    // is taken even after a crash in between.
    await this.index.current(true);
    const { mode } = resolveMode(lookupInStates(this.index.modes), cell);
    const day = nowText().slice(0, 10);
    await this.#handle(cell, { kind: 'review', mode, target: this.targetOf(cell.tenant_id), day }, cause);
    await this.thresholds.review(cell.tenant_id, cell.action_type, cause);
  }

  async #handle(cell: ModeQuery, command: EarnedCommand, { event_id, action_id }: Cause): Promise<void> {
    await this.handler.handle(
      streamOf(cell),
      command,
      serviceCommandContext('budget-ledger', cell.tenant_id, {
        // The command id depends on the content. A repeat at another time is a new command, which
        // the decider answers from its state.
        commandId: uuidV5(command.kind, event_id, contentHash(command)),
        correlationId: action_id,
        causationId: event_id,
        ...traceparentWithin(null),
      }),
    );
  }
}

const streamOf = ({ tenant_id, account_id, action_type }: ModeQuery): string =>
  earnedStream(tenant_id, account_id, action_type);
