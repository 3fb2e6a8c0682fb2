import type { EarnedStep, ModeExplanation, ModeLevel, ModeSources } from '@interlock/autonomy';
import { entityPattern, type AutonomyMode } from '@interlock/contracts';
import type { Time } from '@interlock/platform';
import { IsOptional, Matches } from 'class-validator';
import { TenantScoped, IfGiven, WholeNumber } from '@interlock/platform';
import type { AutonomyModeDto } from '../autonomy-answers.dto.js';
import type { StandingDto } from '../earned/earned.dto.js';
import { IsName } from '../fields.js';

export class ExplainModeQuery extends TenantScoped {
  @IsName() account_id!: string;
  @IsName() action_type!: string;
  /**
   * The entity. It does not change the answer, because modes belong to accounts and action types.
   */
  @IsOptional()
  @Matches(entityPattern, { message: 'entity_id must be 1 to 256 printable characters' })
  entity_id?: string;
  /**
   * The number of affected entities. An earned step up holds for a number of entities; without this
   * value, it does not apply.
   */
  @IfGiven() @WholeNumber(0) affected_entity_count?: number;
}

type EarnedStepDto = {
  readonly standing: EarnedStep['standing'];
  readonly configured: AutonomyMode;
  readonly since: Time;
  readonly up_to: number | null;
  readonly explanation: string;
};

type ModeLevelDto = {
  readonly level: ModeLevel['level'];
  /** `_system`: the global default. */
  readonly tenant_id: string;
  readonly account_id?: string;
  readonly action_type?: string;
  readonly outcome: ModeLevel['outcome'];
  readonly entry: AutonomyModeDto | null;
  readonly explanation: string;
};

export type ModeExplainedDto = {
  readonly tenant_id: string;
  readonly account_id: string;
  readonly action_type: string;
  readonly entity_id: string | null;
  readonly mode: AutonomyMode;
  readonly matched_level: ModeSources['matched_level'];
  readonly reason: ModeExplanation['reason'];
  readonly explanation: string;
  readonly policy_clause: 'autonomy_mode';
  readonly decided_by: AutonomyModeDto | null;
  readonly levels: readonly ModeLevelDto[];
  /** How the earned step changed the configured mode. Null if it did not. */
  readonly earned: EarnedStepDto | null;
  /** What the account's actions of this type have earned, regardless of the configured mode. */
  readonly standing: StandingDto;
  /** The log position up to which the configuration was read. */
  readonly version: string;
  readonly server_time: Time;
};
