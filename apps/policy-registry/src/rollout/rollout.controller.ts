import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type {
  BypassStateDto,
  CanaryStatusDto,
  ChangedCanaryDto,
  GateReportDto,
  RolledBackBundleDto,
  RolledOutBundleDto,
  RolloutSettingsDto,
  WrittenRolloutSettingsDto,
} from './rollout-answers.dto.js';
import { utc, type CommandContext, type Position } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  effectiveBy,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  nowText,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { rolloutStream, usualBypassMinutes } from '@interlock/policy';
import { ActiveQuery } from '../bundles/bundles.dto.js';
import { bundleView } from '../bundles/bundles.queries.js';
import {
  ActivateBundleDto,
  BypassDto,
  HoldDto,
  PromoteDto,
  ReasonDto,
  ScheduleDto,
  SettingsDto,
} from './rollout.dto.js';
import { RolloutService, type WrittenRollout } from './rollout.service.js';
import { standingOf, statusView } from './rollout.views.js';
import { RolloutsQueries } from './rollouts.queries.js';
import { TeamsService } from '../teams/teams.service.js';
import { requireNoTeams, teamAsked } from '../teams/visibility.js';

type Acting = {
  readonly context: CommandContext;
  readonly seal: (text: string, what: string) => Promise<string>;
};

@ApiTags('rollout')
@Controller('api/v1/policy')
export class RolloutController {
  constructor(
    private readonly rollouts: RolloutService,
    private readonly queries: RolloutsQueries,
    private readonly teams: TeamsService,
  ) {}

  @Post('bundles/:id/activate')
  @ApiOperation({
    summary: 'Activate an approved bundle',
    description:
      'The rollout starts as a canary of 10 % beside an active bundle, and at 100 % if there is none.',
  })
  @AnswersProblems(
    'wrong-state',
    'person-required',
    'approval-required',
    'approval-mismatch',
    'approval-stale',
    'same-person',
    'canary-running',
    'digest-required',
    'bundle-invalid',
  )
  @HttpCode(200)
  @RequireScope('POLICY_ACTIVATE')
  async activate(
    @Param('id') id: string,
    @Body() body: ActivateBundleDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RolledOutBundleDto> {
    const { context } = acting(principal, tenantId);
    return written(id, await this.rollouts.activate(tenantId, id, body, context));
  }

  @Post('bundles/:id/check-gates')
  @ApiOperation({
    summary: 'Judge the gates of the current stage of a canary',
    description: 'The answer holds the figures and the evidence. Nothing is promoted.',
  })
  @AnswersProblems('wrong-state')
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  checkGates(@Param('id') id: string, @Tenant() tenantId: string): Promise<GateReportDto> {
    return this.rollouts.checkGates(tenantId, id);
  }

  @Post('bundles/:id/promote')
  @ApiOperation({ summary: 'Promote a canary to its next stage' })
  @AnswersProblems('person-required', 'wrong-state', 'canary-held', 'dwell-not-over', 'gates-not-passed')
  @HttpCode(200)
  @RequireScope('POLICY_ACTIVATE')
  async promote(
    @Param('id') id: string,
    @Body() body: PromoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RolledOutBundleDto> {
    requirePerson(principal);
    const { context, seal } = acting(principal, tenantId);
    const { reason, to_pct } = body;
    return written(
      id,
      await this.rollouts.promote(
        tenantId,
        id,
        {
          ...(to_pct === undefined || to_pct === null ? {} : { to_pct }),
          reason: reason === undefined || reason === null ? null : await seal(reason, 'promote'),
        },
        context,
      ),
    );
  }

  @Post('bundles/:id/rollback')
  @ApiOperation({ summary: 'Roll back a bundle, so that its predecessor decides again' })
  @AnswersProblems('wrong-state')
  @HttpCode(200)
  @RequireScope('POLICY_ACTIVATE')
  async rollback(
    @Param('id') id: string,
    @Body() body: ReasonDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RolledBackBundleDto> {
    const { context, seal } = acting(principal, tenantId);
    const result = await this.rollouts.rollBack(tenantId, id, await seal(body.reason, 'rollback'), context);
    const { active } = result.state;
    return {
      ...written(id, result),
      restored:
        active === null
          ? null
          : { bundle_id: active.bundle_id, version: active.bundle_version, canary_pct: active.canary_pct },
    };
  }

  @Get('bundles/:id/canary-status')
  @ApiOperation({ summary: 'Get the status of a canary' })
  @RequireScope('POLICY_READ')
  async status(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<CanaryStatusDto> {
    await this.queries.atLeast(position);
    return statusView(await this.rollouts.standing(tenantId, id), nowText());
  }

  @Post('bundles/:id/holds')
  @ApiOperation({ summary: 'Hold the promotions of a canary until a time or until released' })
  @AnswersProblems('wrong-state', 'canary-held')
  @HttpCode(200)
  @RequireScope('POLICY_ACTIVATE')
  async hold(
    @Param('id') id: string,
    @Body() body: HoldDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedCanaryDto> {
    const { context, seal } = acting(principal, tenantId);
    return rolloutView(
      await this.rollouts.hold(
        tenantId,
        id,
        await seal(body.reason, 'hold'),
        body.until === undefined || body.until === null ? null : utc(body.until),
        context,
      ),
    );
  }

  @Delete('bundles/:id/holds')
  @ApiOperation({ summary: 'Release the hold of a canary' })
  @AnswersProblems('person-required', 'wrong-state')
  @RequireScope('POLICY_ACTIVATE')
  async release(
    @Param('id') id: string,
    @Body() body: ReasonDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedCanaryDto> {
    requirePerson(principal);
    const { context, seal } = acting(principal, tenantId);
    return rolloutView(
      await this.rollouts.release(tenantId, id, await seal(body.reason, 'release'), context),
    );
  }

  @Post('bundles/:id/schedule')
  @ApiOperation({
    summary: 'Schedule the promotion of a canary',
    description: 'The time must be after the dwell. The gates are judged at that time.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'dwell-not-over')
  @HttpCode(200)
  @RequireScope('POLICY_ACTIVATE')
  async schedule(
    @Param('id') id: string,
    @Body() body: ScheduleDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedCanaryDto> {
    requirePerson(principal);
    const { context } = acting(principal, tenantId);
    return rolloutView(await this.rollouts.schedule(tenantId, id, utc(body.at), context));
  }

  @Delete('bundles/:id/schedule')
  @ApiOperation({ summary: 'Cancel the scheduled promotion of a canary' })
  @AnswersProblems('wrong-state')
  @RequireScope('POLICY_ACTIVATE')
  async unschedule(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedCanaryDto> {
    const { context } = acting(principal, tenantId);
    return rolloutView(await this.rollouts.unschedule(tenantId, id, context));
  }

  @Get('rollout/settings')
  @ApiOperation({ summary: 'Get the rollout settings' })
  @RequireScope('POLICY_READ')
  async settings(
    @Query() query: ActiveQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RolloutSettingsDto> {
    return (await this.rollouts.settings(tenantId, teamAsked(principal, query.team))).settings;
  }

  @Put('rollout/settings')
  @ApiOperation({ summary: 'Change those rollout settings that the body contains' })
  @MayLoosen('not-found')
  @RequireScope('POLICY_ACTIVATE')
  async configure(
    @Body() body: SettingsDto,
    @Query() query: ActiveQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenRolloutSettingsDto | ChangeRequestedDto> {
    requireNoTeams(principal, 'how bundles are rolled out');
    const { context } = acting(principal, tenantId);
    const written = await this.rollouts.configure(
      tenantId,
      await this.#team(tenantId, principal, query.team),
      body,
      principal,
      context,
    );
    return isChangeRequested(written) ? written : { ...written.settings, position: written.position };
  }

  @Post('bypass')
  @ApiOperation({
    summary: 'Bypass the bundles of a tenant for some minutes',
    description: 'A break-glass measure: until it ends, every action needs an approval.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'not-found')
  @HttpCode(200)
  @RequireScope('POLICY_ACTIVATE')
  async bypass(
    @Body() body: BypassDto,
    @Query() query: ActiveQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BypassStateDto> {
    requirePerson(principal);
    requireNoTeams(principal, 'a bypass');
    const { context, seal } = acting(principal, tenantId);
    const { state, position } = await this.rollouts.bypass(
      tenantId,
      await this.#team(tenantId, principal, query.team),
      {
        kind: 'BypassPolicy',
        reason: await seal(body.reason, 'bypass'),
        minutes: body.minutes ?? usualBypassMinutes,
        now: context.now,
      },
      context,
    );
    return { bypass: state.bypass, position };
  }

  @Delete('bypass')
  @ApiOperation({ summary: 'End the bypass of the bundles of a tenant' })
  @AnswersProblems('person-required', 'wrong-state', 'not-found')
  @RequireScope('POLICY_ACTIVATE')
  async endBypass(
    @Query() query: ActiveQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<BypassStateDto> {
    requirePerson(principal);
    requireNoTeams(principal, 'a bypass');
    const { context } = acting(principal, tenantId);
    const { state, position } = await this.rollouts.bypass(
      tenantId,
      await this.#team(tenantId, principal, query.team),
      { kind: 'EndBypass', reason: 'ended', now: context.now },
      context,
    );
    return { bypass: state.bypass, position };
  }

  /**
   * Returns the requested team. Throws `not-found` if it does not exist, because the command would
   * affect nobody.
   */
  async #team(tenantId: string, principal: Principal, asked: string | undefined): Promise<string | null> {
    const team = teamAsked(principal, asked);
    if (team !== null) await this.teams.one(tenantId, team);
    return team;
  }
}

/**
 * Returns the context of a principal's command on a rollout, and the function that seals its texts.
 */
const acting = (principal: Principal, tenantId: string): Acting => ({
  context: commandContext(principal),
  seal: (text, what) => sealed(principal, text, `${rolloutStream(tenantId)} ${what}`),
});

const written = (id: string, { state, bundle, revision, position }: WrittenRollout): RolledOutBundleDto => {
  const { status, rollout } = standingOf(state, id);
  return {
    ...bundleView(bundle, status, rollout, { revision: `${revision}`, position }),
    effective_by: effectiveBy(),
  };
};

const rolloutView = ({ state, position }: WrittenRollout): ChangedCanaryDto => ({
  bundle_id: state.canary?.bundle_id ?? null,
  canary_pct: state.canary?.canary_pct ?? null,
  held: state.canary?.held ?? null,
  scheduled: state.canary?.scheduled ?? null,
  position,
});
