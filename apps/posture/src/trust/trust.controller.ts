import { type CommandResult, positionOrNull } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  nowText,
  RequireScope,
  requirePerson,
  sealed,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import {
  maxUnlocksPerDay,
  trustLockStream,
  unlocksToday,
  type TrustLockCommand,
  type TrustLockEvent,
  type TrustLockState,
} from '@interlock/posture';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { TrustLockHandler } from '../handlers.js';
import { ReasonedDto, type TrustLockDto, UnlockDto, type WrittenTrustLockDto } from './guards.dto.js';

const shown = (tenantId: string, state: TrustLockState): TrustLockDto => ({
  tenant_id: tenantId,
  locked: state.locked,
  cause: state.cause,
  reason: state.reason,
  since: state.since,
  unlocks_today: unlocksToday(state, nowText()),
  unlocks_limit: maxUnlocksPerDay,
});

/**
 * The trust guard. A caller with the right to write the posture, or a signal, can lock it; only a
 * person can unlock it.
 */
@ApiTags('posture')
@Controller('api/v1/posture/trust')
export class TrustController {
  constructor(private readonly handler: TrustLockHandler) {}

  @Get()
  @ApiOperation({ summary: 'Get the state of the trust lock' })
  @RequireScope('POSTURE_READ')
  async status(@Query() _query: TenantScoped, @Tenant() tenant: string): Promise<TrustLockDto> {
    return shown(tenant, (await this.handler.load(trustLockStream(tenant))).state);
  }

  @Post('lock')
  @ApiOperation({ summary: 'Engage the trust lock' })
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  lock(
    @Body() body: ReasonedDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTrustLockDto> {
    return this.#command(tenant, principal, body.reason, 'lock', (reason) => ({
      kind: 'LockTrust',
      reason,
      cause: 'person',
    }));
  }

  @Post('unlock')
  @ApiOperation({
    summary: 'Release the trust lock',
    description: 'The number of unlocks a day is limited, unless `force` is set.',
  })
  @AnswersProblems('person-required', 'unlock-limit')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  unlock(
    @Body() body: UnlockDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTrustLockDto> {
    requirePerson(principal);
    return this.#command(tenant, principal, body.reason, 'unlock', (reason, now) => ({
      kind: 'UnlockTrust',
      reason,
      force: body.force === true,
      now,
    }));
  }

  @Post('reset-unlocks')
  @ApiOperation({ summary: 'Reset the count of unlocks of the day' })
  @AnswersProblems('person-required')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  resetUnlocks(
    @Body() body: ReasonedDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenTrustLockDto> {
    requirePerson(principal);
    return this.#command(tenant, principal, body.reason, 'reset', (reason, now) => ({
      kind: 'ResetUnlocks',
      reason,
      now,
    }));
  }

  async #command(
    tenantId: string,
    principal: Principal,
    reason: string,
    what: string,
    command: (reason: string, now: string) => TrustLockCommand,
  ): Promise<WrittenTrustLockDto> {
    const stream = trustLockStream(tenantId);
    const text = await sealed(principal, reason, `${stream} ${what}`);
    const now = nowText();
    const result: CommandResult<TrustLockEvent, TrustLockState> = await this.handler.handle(
      stream,
      command(text, now),
      commandContext(principal, now),
    );
    return {
      ...shown(tenantId, result.state),
      position: positionOrNull(result.position),
    };
  }
}
