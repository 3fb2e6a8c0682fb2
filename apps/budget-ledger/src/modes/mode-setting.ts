import { stepsUnder, type ModeCommand, type StepCell } from '@interlock/autonomy';
import type { CommandContext } from '@interlock/kernel';
import { Injectable } from '@nestjs/common';
import { AutonomyIndex } from '../autonomy-index.js';
import { EarnedRecord } from '../earned/earned-record.js';

/** The effect of a new mode on earned steps. */
export type EndedSteps = {
  /** Steps that the mode ended, each with an event. */
  readonly ended: readonly StepCell[];
  /** Steps down that still ask a person. */
  readonly held: readonly StepCell[];
};

/** Ends the earned steps that a mode overrides, once the mode is written. */
@Injectable()
export class ModeSetting {
  constructor(
    private readonly record: EarnedRecord,
    private readonly index: AutonomyIndex,
  ) {}

  /**
   * Ends the steps that a new mode overrides. INVARIANT: the mode is written before a step ends.
   * After a crash in between, a step down stays in force, and `standingNow` ends a step up.
   */
  async endSteps(
    { key, mode, reason }: Extract<ModeCommand, { kind: 'SetMode' }>,
    context: CommandContext,
  ): Promise<EndedSteps> {
    const { tenantId, actor, expectedRevision: _revision, change: _change, ...rest } = context;
    await this.index.current(true);
    const cells = this.index
      .earnedCells(tenantId)
      .map(({ state, ...cell }) => ({ ...cell, standing: state.standing }));
    const byPerson = actor.kind === 'person';
    const { ended, held } = stepsUnder(this.index.modes, { tenant_id: tenantId, key, byPerson }, cells);
    for (const { account_id, action_type } of ended)
      await this.record.decide(
        { tenant_id: tenantId, account_id, action_type },
        { kind: 'override', mode, ...(reason === undefined ? {} : { reason }) },
        {
          ...rest,
          tenantId,
          actor,
          commandId: `${context.commandId}:${account_id}/${action_type}`,
        },
      );
    return { ended, held };
  }
}
