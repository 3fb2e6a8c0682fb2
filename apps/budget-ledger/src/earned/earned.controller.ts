import {
  earnedFigures,
  effectiveMode,
  goodNeeded,
  isApprovedEnough,
  leastApproved,
  lookupInStates,
  modeStream,
  resolveMode,
  standingNow,
  type EarnedCommand,
  type EarnedState,
  type ModeQuery,
  type ModeState,
} from '@interlock/autonomy';
import type { AutonomyMode } from '@interlock/contracts';
import { type Position, positionOrNull, writtenAt } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  effectiveBy,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  nowText,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { pageByKey } from '@interlock/postgres';
import { Body, Controller, Get, HttpCode, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AutonomyIndex } from '../autonomy-index.js';
import { ListQuery } from '../autonomy.dto.js';
import {
  type AutonomyTargetDto,
  type EarnedPageDto,
  ProposalDecisionDto,
  PutTargetDto,
  StepReasonDto,
  type WrittenStepDto,
  type WrittenTargetDto,
  type EarnedCellDto,
} from './earned.dto.js';
import { EarnedRecord } from './earned-record.js';
import { AutonomySettings } from '../settings.js';
import { Targets } from '../targets.js';

const targetView = ({ target: { share, set_at, set_by } }: ModeState): AutonomyTargetDto => ({
  target_share: share,
  updated_at: set_at,
  updated_by: set_by,
});

const why = (
  state: EarnedState,
  mode: AutonomyMode,
  figures: EarnedCellDto['figures'],
  needed: number | null,
): string => {
  const { standing, proposal } = state;
  if (standing.kind === 'up')
    return `signed: AUTO_EXECUTE up to ${standing.up_to} affected entities since ${standing.since}; a failure rate shown above ${1 - figures.target} or one harmful action takes it back`;
  if (standing.kind === 'down')
    return `stepped down at ${standing.since} (${standing.cause}): until a person lifts it, or sets the mode of this account and action type by hand, its actions ask a person`;
  if (proposal !== null) return 'a step up is proposed, and waits for a signature';
  if (mode !== 'APPROVAL_REQUIRED') return `the configured mode is ${mode}: there is no step up from it`;
  if (!isApprovedEnough(figures))
    return `people approved ${figures.approved} of the ${figures.approved + figures.not_approved} they were asked about, ${leastApproved} of them are needed`;
  return needed === null
    ? 'the record shows too many failures for any step up'
    : `${needed} more good outcomes in a row would show a success above ${figures.target}`;
};

/**
 * The admin API of earned autonomy: the explained records of accounts, and people's decisions on
 * steps.
 */
@ApiTags('autonomy')
@RequireScope('AUTONOMY_ADMIN')
@Controller('api/v1/autonomy/earned')
export class EarnedController {
  constructor(
    private readonly index: AutonomyIndex,
    private readonly record: EarnedRecord,
    private readonly settings: AutonomySettings,
    private readonly targets: Targets,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the earned autonomy of accounts and action types' })
  async list(
    @Query() { account_id, action_type, ...asked }: ListQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<EarnedPageDto> {
    await this.index.atLeast(position);
    const cells = this.index
      .earnedCells(tenant)
      .filter(
        (cell) =>
          (account_id === undefined || cell.account_id === account_id) &&
          (action_type === undefined || cell.action_type === action_type),
      );
    const now = nowText();
    const { items, next } = pageByKey(
      'earned',
      cells,
      (cell) => `${cell.account_id}/${cell.action_type}`,
      asked,
    );
    return {
      items: items.map(({ state, ...cell }) => this.#shown({ tenant_id: tenant, ...cell }, state, now)),
      next,
      server_time: now,
    };
  }

  @Get('target')
  @ApiOperation({ summary: 'Get the share of good outcomes that the tenant requires' })
  async getTarget(
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<AutonomyTargetDto> {
    await this.index.atLeast(position);
    return targetView(this.index.modesOf(tenant));
  }

  @Put('target')
  @ApiOperation({
    summary: 'Set the share of good outcomes that the tenant requires',
    description:
      'The share applies to each later step up, and to adaptive thresholds that set no share of their own.',
  })
  @MayLoosen()
  async putTarget(
    @Body() { target_share }: PutTargetDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenTargetDto | ChangeRequestedDto> {
    requirePerson(principal);
    const written = await this.settings.changes.write(this.settings.modes, {
      stream: modeStream(tenant),
      command: { kind: 'SetTarget', target_share },
      principal,
      context: {
        ...commandContext(principal, nowText()),
        ...(revision === null ? {} : { expectedRevision: revision }),
      },
    });
    if (isChangeRequested(written)) return written;
    const { state, position, ...result } = written;
    return {
      ...targetView(state),
      revision: `${result.revision}`,
      position: positionOrNull(position),
      effective_by: effectiveBy(),
    };
  }

  @Post('sign')
  @ApiOperation({
    summary: 'Sign the proposed step up of autonomy',
    description:
      'Actions then run automatically, up to the blast radius of the record. The digest binds the signature to the proposal that the person read.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'approval-mismatch', 'tenant-suspended')
  @HttpCode(200)
  async sign(
    @Body() body: ProposalDecisionDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenStepDto> {
    await this.targets.refuseAutonomy(tenant, 'AUTO_EXECUTE');
    // INVARIANT: a signature uses the target that was set before it.
    await this.index.current(true);
    const target = this.record.targetOf(tenant);
    return this.#decide(tenant, body, { kind: 'sign', digest: body.digest, target }, principal);
  }

  @Post('refuse')
  @ApiOperation({
    summary: 'Refuse the proposed step up of autonomy',
    description: 'The proposal returns after further good outcomes.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'approval-mismatch')
  @HttpCode(200)
  refuse(
    @Body() body: ProposalDecisionDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenStepDto> {
    return this.#decide(tenant, body, { kind: 'refuse', digest: body.digest }, principal);
  }

  @Post('step-down')
  @ApiOperation({ summary: 'Step the autonomy of an action type down at once' })
  @AnswersProblems('person-required', 'wrong-state')
  @HttpCode(200)
  async stepDown(
    @Body() body: StepReasonDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenStepDto> {
    const day = nowText().slice(0, 10);
    const reason = await this.#reason(tenant, body, principal);
    return this.#decide(
      tenant,
      body,
      { kind: 'step_down', target: this.record.targetOf(tenant), day, ...reason },
      principal,
    );
  }

  @Post('lift')
  @ApiOperation({
    summary: 'Lift a step down of autonomy',
    description: 'The configured mode applies again, and a new record begins.',
  })
  @AnswersProblems('person-required', 'wrong-state')
  @HttpCode(200)
  async lift(
    @Body() body: StepReasonDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenStepDto> {
    return this.#decide(
      tenant,
      body,
      { kind: 'lift', ...(await this.#reason(tenant, body, principal)) },
      principal,
    );
  }

  async #reason(
    tenant: string,
    { account_id, action_type, reason }: StepReasonDto,
    principal: Principal,
  ): Promise<{ readonly reason?: string }> {
    requirePerson(principal);
    return reason === undefined
      ? {}
      : { reason: await sealed(principal, reason, `earned ${tenant} ${account_id} ${action_type}`) };
  }

  async #decide(
    tenant_id: string,
    { account_id, action_type }: StepReasonDto,
    command: EarnedCommand,
    principal: Principal,
  ): Promise<WrittenStepDto> {
    requirePerson(principal);
    const cell = { tenant_id, account_id, action_type };
    const now = nowText();
    const { state, revision, position } = await this.record.decide(
      cell,
      command,
      commandContext(principal, now),
    );
    return {
      ...this.#shown(cell, state, now),
      ...writtenAt({ revision, position }),
      effective_by: effectiveBy(),
    };
  }

  #shown(cell: ModeQuery, state: EarnedState, now: string): EarnedCellDto {
    const day = now.slice(0, 10);
    const target = this.record.targetOf(cell.tenant_id);
    const figures = earnedFigures(state, target, day);
    const needed = goodNeeded(state.days, 1 - target, day);
    const { modes } = this.index;
    const { mode: configured } = resolveMode(lookupInStates(modes), cell);
    const standing = standingNow(modes, state.standing, cell);
    const upTo = standing.kind === 'up' ? standing.up_to : null;
    const { mode } = effectiveMode(modes, standing, cell, upTo);
    return {
      account_id: cell.account_id,
      action_type: cell.action_type,
      configured_mode: configured,
      mode,
      standing,
      figures,
      good_needed: needed,
      proposal: state.proposal,
      explanation: why({ ...state, standing }, configured, figures, needed),
    };
  }
}
