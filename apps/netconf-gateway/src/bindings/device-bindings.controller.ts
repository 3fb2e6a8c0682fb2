import { writtenAt, type Position } from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  AnswersProblems,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { ChooseBindingsDto, type DeviceBindingsDto, type WrittenBindingsDto } from './device-bindings.dto.js';
import { DeviceBindings } from './device-bindings.js';
import { TenantQuery } from '../devices.dto.js';
import { Gateway } from '../gateway.js';

/** Which models a device is changed and read over. */
@ApiTags('devices')
@Controller('api/v1/devices/:id/bindings')
export class DeviceBindingsController {
  constructor(
    private readonly gateway: Gateway,
    private readonly bindings: DeviceBindings,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Propose bindings for a device',
    description:
      'Reads the YANG library of the device. The answer shows each binding with what the device can do over it.',
  })
  @AnswersProblems('device-unknown', 'device-unreachable', 'host-key-mismatch', 'secret-not-for-host')
  @RequireScope('DEVICE_READ')
  async show(
    @Param('id') id: string,
    @Query() _query: TenantQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<DeviceBindingsDto> {
    await this.gateway.inventory.reached(position);
    return this.bindings.show(tenantId, id);
  }

  @Put()
  @ApiOperation({
    summary: 'Choose the bindings of a device',
    description: 'A binding that the device did not have is a change request.',
  })
  @MayLoosen(
    'device-unknown',
    'device-unreachable',
    'host-key-mismatch',
    'secret-not-for-host',
    'binding-unfit',
  )
  @RequireScope('DEVICE_WRITE')
  async choose(
    @Param('id') id: string,
    @Body() body: ChooseBindingsDto,
    @Query() _query: TenantQuery,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenBindingsDto | ChangeRequestedDto> {
    const context = commandContext(
      principal,
      undefined,
      revision === null ? {} : { expectedRevision: revision },
    );
    const written = await this.bindings.write(principal, id, body.bindings, context);
    if (isChangeRequested(written)) return written;
    return { device_id: id, bindings: written.state.bindings, ...writtenAt(written) };
  }
}
