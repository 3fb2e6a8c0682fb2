import { positionOrNull } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  RequireScope,
  requirePerson,
  sealed,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import { brakeStream, type BrakeCommand, type BrakeState } from '@interlock/posture';
import { Body, Controller, Get, HttpCode, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { BrakeHandler } from '../handlers.js';
import { brakeReasons, InputFolder } from '../files/input-folder.js';
import { type BrakeDto, ReasonedDto, type WrittenBrakeDto } from '../trust/guards.dto.js';

/**
 * The safety brake. A caller with the right to write the posture can engage it; only a person can
 * release it. An input file that has it engaged counts too, until the file changes.
 */
@ApiTags('posture')
@Controller('api/v1/posture/brake')
export class BrakeController {
  constructor(
    private readonly handler: BrakeHandler,
    private readonly inputs: InputFolder,
  ) {}

  @Get()
  @ApiOperation({ summary: 'Get the state of the safety brake' })
  @RequireScope('POSTURE_READ')
  async status(@Query() _query: TenantScoped, @Tenant() tenant: string): Promise<BrakeDto> {
    return this.#shown(tenant, (await this.handler.load(brakeStream(tenant))).state);
  }

  @Post('engage')
  @ApiOperation({ summary: 'Engage the safety brake', description: 'The brake stops automated responses.' })
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  engage(
    @Body() body: ReasonedDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenBrakeDto> {
    return this.#command(tenant, principal, 'EngageBrake', body.reason);
  }

  @Post('release')
  @ApiOperation({ summary: 'Release the safety brake' })
  @AnswersProblems('person-required')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  release(
    @Body() body: ReasonedDto,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenBrakeDto> {
    requirePerson(principal);
    return this.#command(tenant, principal, 'ReleaseBrake', body.reason);
  }

  async #command(
    tenantId: string,
    principal: Principal,
    kind: BrakeCommand['kind'],
    reason: string,
  ): Promise<WrittenBrakeDto> {
    const stream = brakeStream(tenantId);
    const text = await sealed(principal, reason, `${stream} ${kind}`);
    const { state, position } = await this.handler.handle(
      stream,
      { kind, reason: text },
      commandContext(principal),
    );
    return { ...(await this.#shown(tenantId, state)), position: positionOrNull(position) };
  }

  async #shown(tenantId: string, { engaged, reason, since }: BrakeState): Promise<BrakeDto> {
    const byFile = engaged ? null : await this.inputs.brakeSince(tenantId);
    return byFile === null
      ? { tenant_id: tenantId, engaged, reason, since }
      : {
          tenant_id: tenantId,
          engaged: true,
          reason: brakeReasons.engaged,
          since: byFile,
        };
  }
}
