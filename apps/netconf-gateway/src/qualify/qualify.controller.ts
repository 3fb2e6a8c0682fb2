import { streamName } from '@interlock/contracts';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Gateway } from '../gateway.js';
import { QualifyDto, type StartedQualificationDto } from './qualify.dto.js';

/** Measures and shows how safely a device can be changed. */
@ApiTags('devices')
@Controller('api/v1/devices/:id/qualify')
export class QualifyController {
  constructor(private readonly gateway: Gateway) {}

  @Post()
  @ApiOperation({
    summary: 'Qualify a device',
    description:
      'Starts a run that makes a small change, ends it in every way with every lock, and restores it. The device shows the result as `qualification`. Only a person may start it.',
  })
  @AnswersProblems(
    'person-required',
    'wrong-state',
    'device-unknown',
    'device-unreachable',
    'host-key-mismatch',
    'secret-not-for-host',
    'binding-unfit',
  )
  @HttpCode(202)
  @RequireScope('DEVICE_WRITE')
  async qualify(
    @Param('id') id: string,
    @Body() body: QualifyDto,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<StartedQualificationDto> {
    requirePerson(principal);
    const reason = await sealed(principal, body.reason, `${streamName('device', tenantId, id)} qualify`);
    const runId = await this.gateway.qualifications.start(
      tenantId,
      id,
      { reason, timeoutS: body.confirm_timeout_s },
      commandContext(principal),
    );
    return { device_id: id, run_id: runId };
  }
}
