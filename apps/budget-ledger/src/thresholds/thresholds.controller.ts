import {
  explainThreshold,
  shiftedThresholds,
  thresholdBounds,
  thresholdData,
  type ThresholdEvent,
  type ThresholdState,
} from '@interlock/autonomy';
import { type CommandContext, type CommandResult, type Position, writtenAt } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  effectiveBy,
  MinPosition,
  nowText,
  requirePerson,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { pageByKey } from '@interlock/postgres';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AdaptiveThresholds } from './adaptive-thresholds.js';
import { AutonomyIndex } from '../autonomy-index.js';
import { ListQuery } from '../autonomy.dto.js';
import {
  type AdaptiveThresholdPageDto,
  PutThresholdDto,
  SignThresholdDto,
  ThresholdPath,
  type WrittenThresholdDto,
  type AdaptiveThresholdDto,
} from './thresholds.dto.js';

/**
 * The admin API of adaptive confidence thresholds: explained per action type, with people's
 * decisions.
 */
@ApiTags('autonomy')
@RequireScope('AUTONOMY_ADMIN')
@Controller('api/v1/autonomy/thresholds')
export class ThresholdsController {
  constructor(
    private readonly index: AutonomyIndex,
    private readonly thresholds: AdaptiveThresholds,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the adaptive confidence thresholds by action type' })
  async list(
    @Query() { action_type, ...asked }: ListQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<AdaptiveThresholdPageDto> {
    await this.index.atLeast(position);
    const types = this.index
      .thresholdTypes(tenant)
      .filter((type) => action_type === undefined || type === action_type);
    const now = nowText();
    const { items, next } = pageByKey('thresholds', types, (type) => type, asked);
    return {
      items: items.map((type) => this.#shown(tenant, type, this.index.thresholdOf(tenant, type), now)),
      next,
      server_time: now,
    };
  }

  @Put(':action_type')
  @ApiOperation({
    summary: 'Enable the adaptive thresholds of an action type',
    description: 'The thresholds tighten automatically; a person signs each loosening.',
  })
  @AnswersProblems('person-required', 'unknown-action-type')
  put(
    @Param() { action_type }: ThresholdPath,
    @Body() { target_share }: PutThresholdDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenThresholdDto> {
    return this.#decide(tenant, action_type, principal, async (context) => {
      await this.thresholds.requireType(tenant, action_type);
      if (target_share === undefined) await this.index.current(true);
      const share = target_share ?? this.index.modesOf(tenant).target.share;
      return this.thresholds.decide(tenant, action_type, { kind: 'enable', target_share: share }, context);
    });
  }

  @Delete(':action_type')
  @ApiOperation({
    summary: 'Disable the adaptive thresholds of an action type',
    description: 'The configured thresholds apply again.',
  })
  @AnswersProblems('person-required')
  remove(
    @Param() { action_type }: ThresholdPath,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenThresholdDto> {
    return this.#decide(tenant, action_type, principal, (context) =>
      this.thresholds.decide(tenant, action_type, { kind: 'disable' }, context),
    );
  }

  @Post(':action_type/sign')
  @ApiOperation({
    summary: 'Sign the proposed loosening of the thresholds',
    description:
      'The outcomes must still support the loosening. The digest binds the signature to the proposal that the person read.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'approval-mismatch')
  @HttpCode(200)
  sign(
    @Param() { action_type }: ThresholdPath,
    @Body() { digest }: SignThresholdDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenThresholdDto> {
    return this.#decide(tenant, action_type, principal, (context) =>
      this.thresholds.sign(tenant, action_type, digest, context),
    );
  }

  async #decide(
    tenant: string,
    actionType: string,
    principal: Principal,
    tell: (context: CommandContext) => Promise<CommandResult<ThresholdEvent, ThresholdState>>,
  ): Promise<WrittenThresholdDto> {
    requirePerson(principal);
    const now = nowText();
    const { state, revision, position } = await tell(commandContext(principal, now));
    return {
      ...this.#shown(tenant, actionType, state, now),
      ...writtenAt({ revision, position }),
      effective_by: effectiveBy(),
    };
  }

  #shown(tenant: string, actionType: string, state: ThresholdState, now: string): AdaptiveThresholdDto {
    const { target_share, shift, last, proposal, enabled_at, enabled_by, changed_on } = state;
    const { confidence_thresholds: configured } = this.index.autoApprovalOf(tenant).config;
    const day = now.slice(0, 10);
    const record = this.index.automaticOf(tenant, actionType);
    const data = thresholdData(record, changed_on, day, this.index.version);
    return {
      action_type: actionType,
      enabled: target_share !== null,
      target_share,
      shift,
      configured,
      effective: shiftedThresholds(configured, shift),
      bounds: thresholdBounds(configured),
      data,
      last,
      proposal,
      enabled_at,
      enabled_by,
      explanation: explainThreshold(state, data, day),
    };
  }
}
