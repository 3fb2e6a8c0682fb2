import { positionText, type CommandResult } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  nowText,
  RequireScope,
  requirePerson,
  sealed,
  Tenant,
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
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { TrustLockHandler } from '../handlers.js';
import { TenantQuery } from '../posture.dto.js';
import { ReasonedDto, TrustLockDto, UnlockDto, WrittenTrustLockDto } from './guards.dto.js';

const shown = (tenantId: string, state: TrustLockState): TrustLockDto => ({
  tenant_id: tenantId,
  locked: state.locked,
  cause: state.cause,
  reason: state.reason,
  since: state.since,
  unlocks_today: unlocksToday(state, nowText()),
  unlocks_limit: maxUnlocksPerDay,
});

/** The trust guard: locked by whoever may write the posture or by a signal, unlocked by a person alone. */
@ApiTags('posture')
@Controller('api/v1/posture/trust')
export class TrustController {
  constructor(@Inject(TrustLockHandler) private readonly handler: TrustLockHandler) {}

  @Get()
  @RequireScope('POSTURE_READ')
  @ApiOkResponse({ type: TrustLockDto })
  async status(@Query() _query: TenantQuery, @Tenant() tenant: string): Promise<TrustLockDto> {
    return shown(tenant, (await this.handler.load(trustLockStream(tenant))).state);
  }

  @Post('lock')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  @ApiOkResponse({ type: WrittenTrustLockDto })
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

  /** Throws `person-required` for a service, `unlock-limit` where the day's unlocks are used up. */
  @Post('unlock')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  @ApiOkResponse({ type: WrittenTrustLockDto })
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

  /** Throws `person-required` for a service. */
  @Post('reset-unlocks')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  @ApiOkResponse({ type: WrittenTrustLockDto })
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
      position: result.position === null ? null : positionText(result.position),
    };
  }
}
