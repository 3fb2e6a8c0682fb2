import { modeStream, type ModeState } from '@interlock/autonomy';
import { limitsInForce, tenantLimitNames, type TenantLimits } from '@interlock/contracts';
import { type Position, writtenAt } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  effectiveBy,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  nowText,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { Body, Controller, Get, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AutonomyIndex } from '../autonomy-index.js';
import { PutLimitsDto, type LimitsDto, type WrittenLimitsDto } from './limits.dto.js';
import { AutonomySettings } from '../settings.js';

const viewOf = (tenant_id: string, { limits: { set, set_at, set_by } }: ModeState): LimitsDto => ({
  tenant_id,
  ...limitsInForce(set),
  by_default: tenantLimitNames.filter((name) => set[name] === undefined),
  updated_at: set_at,
  updated_by: set_by,
});

/**
 * The admin API of a tenant's limits: blast radius, soak, waiting times for people, and alert
 * thresholds.
 */
@ApiTags('autonomy')
@RequireScope('AUTONOMY_ADMIN')
@Controller('api/v1/autonomy/limits')
export class LimitsController {
  constructor(
    private readonly settings: AutonomySettings,
    private readonly index: AutonomyIndex,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Get the limits of a tenant' })
  async get(
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<LimitsDto> {
    await this.index.atLeast(position);
    return viewOf(tenant, this.index.modesOf(tenant));
  }

  @Put()
  @ApiOperation({
    summary: 'Replace the limits of a tenant',
    description: 'A limit that the body omits returns to its default.',
  })
  @MayLoosen()
  async put(
    @Body() body: PutLimitsDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() expected: bigint | null,
  ): Promise<WrittenLimitsDto | ChangeRequestedDto> {
    const stream = modeStream(tenant);
    const limits: TenantLimits = Object.fromEntries(
      tenantLimitNames.flatMap((name) => (body[name] === undefined ? [] : [[name, body[name]]])),
    );
    const written = await this.settings.changes.write(this.settings.modes, {
      stream,
      command: {
        kind: 'SetLimits',
        limits,
        reason: await sealed(principal, body.reason, `${stream} limits`),
      },
      principal,
      context: commandContext(principal, nowText(), expected === null ? {} : { expectedRevision: expected }),
      why: body.reason,
    });
    if (isChangeRequested(written)) return written;
    const { state, revision, position } = written;
    return {
      ...viewOf(tenant, state),
      ...writtenAt({ revision, position }),
      effective_by: effectiveBy(),
    };
  }
}
