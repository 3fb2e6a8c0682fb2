import {
  modeStream,
  stepsUnder,
  type ModeEvent,
  type ModeKey,
  type ModeState,
  type StepCell,
} from '@interlock/autonomy';
import type { AutonomyMode } from '@interlock/contracts';
import type { CommandContext, CommandResult } from '@interlock/kernel';
import { sealed, type Principal } from '@interlock/platform';
import { Injectable } from '@nestjs/common';
import { AutonomyIndex } from './autonomy-index.js';
import { EarnedRecord } from './earned-record.js';
import { ModeHandler } from './handlers.js';

/** A mode that was written, and what became of the steps under it. */
export type SetMode = {
  readonly result: CommandResult<ModeEvent, ModeState>;
  /** Steps that ended with it, each as an event. */
  readonly ended: readonly StepCell[];
  /** Steps down that go on asking a person. */
  readonly held: readonly StepCell[];
};

/** Sets modes by hand, each with its reason. */
@Injectable()
export class ModeSetting {
  constructor(
    private readonly modes: ModeHandler,
    private readonly record: EarnedRecord,
    private readonly index: AutonomyIndex,
  ) {}

  /** Sets a mode and ends the steps that it overrides. */
  async set(
    tenant: string,
    {
      key,
      mode,
      reason: text,
    }: { readonly key: ModeKey; readonly mode: AutonomyMode; readonly reason: string },
    principal: Principal,
    context: CommandContext,
  ): Promise<SetMode> {
    const reason = await sealed(principal, text, `${modeStream(tenant)} mode`);
    const result = await this.modes.handle(
      modeStream(tenant),
      { kind: 'SetMode', key, mode, reason },
      context,
    );
    // INVARIANT: the mode is written before a step ends. A process that dies in between leaves a
    // step down in force, and `standingNow` ends a step up by itself.
    await this.index.current(true);
    const byPerson = principal.person_id !== null;
    const cells = this.index
      .earnedCells(tenant)
      .map(({ state, ...cell }) => ({ ...cell, standing: state.standing }));
    const { ended, held } = stepsUnder(this.index.modes, { tenant_id: tenant, key, byPerson }, cells);
    const { expectedRevision: _revision, ...rest } = context;
    for (const { account_id, action_type } of ended)
      await this.record.decide(
        { tenant_id: tenant, account_id, action_type },
        { kind: 'override', mode, reason },
        { ...rest, commandId: `${context.commandId}:${account_id}/${action_type}` },
      );
    return { result, ended, held };
  }
}
