import { streamName } from '@interlock/contracts';
import { writtenAt } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type Principal,
  type WrittenDto,
} from '@interlock/platform';
import { Body, Controller, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ReasonDto } from '../devices/devices.dto.js';
import { Gateway } from '../gateway.js';
import { DriftChecks } from './drift-checks.js';
import { driftView } from './drift-view.js';
import type { CheckedDriftDto } from './drift.dto.js';

/** Shows how devices differ from the values that Interlock last set, and ends such drift. */
@ApiTags('devices')
@Controller('api/v1/devices/:id/drift')
export class DriftController {
  constructor(
    private readonly gateway: Gateway,
    private readonly checks: DriftChecks,
  ) {}

  @Post('check')
  @ApiOperation({
    summary: 'Compare a device with the log now',
    description:
      'Reads the leaves that Interlock changed. A device that does not answer is `not_checked`, and `why` says so.',
  })
  @AnswersProblems('device-unknown')
  @HttpCode(200)
  @RequireScope('DEVICE_READ')
  async check(
    @Param('id') id: string,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
  ): Promise<CheckedDriftDto> {
    return this.#compare(tenantId, id);
  }

  @Post('adopt')
  @ApiOperation({
    summary: 'Adopt the drift of a device',
    description:
      'A person takes the values that were found on the device as the expected ones, and the device is compared again. Send `If-Match` with the revision of the device to adopt nothing that was found later.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'device-unknown')
  @HttpCode(200)
  @RequireScope('DEVICE_WRITE')
  async adopt(
    @Param('id') id: string,
    @Body() body: ReasonDto,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<CheckedDriftDto & WrittenDto> {
    requirePerson(principal);
    const stream = streamName('device', tenantId, id);
    const written = await this.gateway.devices.handle(
      stream,
      { kind: 'AdoptDrift', reason: await sealed(principal, body.reason, `${stream} adopt`) },
      commandContext(principal, undefined, revision === null ? {} : { expectedRevision: revision }),
    );
    return { ...(await this.#compare(tenantId, id)), ...writtenAt(written) };
  }

  async #compare(tenantId: string, id: string): Promise<CheckedDriftDto> {
    const outcome = await this.checks.check(tenantId, id);
    const { inventory } = this.gateway;
    await inventory.current();
    return {
      device_id: id,
      ...driftView(inventory.get(tenantId, id), this.checks.last(tenantId, id)),
      compared: outcome.state === 'not_checked' ? null : outcome.compared,
    };
  }
}
