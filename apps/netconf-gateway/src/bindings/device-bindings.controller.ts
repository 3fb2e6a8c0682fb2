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
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { Body, Controller, Get, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import {
  ChooseBindingsDto,
  NacmQuery,
  type DeviceBindingsDto,
  type DeviceNacmDto,
  type WrittenBindingsDto,
} from './device-bindings.dto.js';
import { DeviceBindings } from './device-bindings.js';
import { Gateway } from '../gateway.js';

/** Shows and sets the models through which a device is read and changed. */
@ApiTags('devices')
@Controller('api/v1/devices/:id')
export class DeviceBindingsController {
  constructor(
    private readonly gateway: Gateway,
    private readonly bindings: DeviceBindings,
  ) {}

  @Get('bindings')
  @ApiOperation({
    summary: 'Propose bindings for a device',
    description:
      'Reads the YANG library of the device. The answer shows each binding with what the device can do over it.',
  })
  @AnswersProblems('device-unknown', 'device-unreachable', 'host-key-mismatch', 'secret-not-for-host')
  @RequireScope('DEVICE_READ')
  async show(
    @Param('id') id: string,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<DeviceBindingsDto> {
    await this.gateway.inventory.reached(position);
    return this.bindings.show(tenantId, id);
  }

  @Put('bindings')
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
    @Query() _query: TenantScoped,
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

  @Get('nacm')
  @ApiOperation({
    summary: "Get the access rules for Interlock's account on a device",
    description:
      'Rules of RFC 8341 that permit the operations of a safe change, the subtrees that plans read and the leaves that they edit. Everything else is denied. The device is asked for its YANG library; nothing is written to it.',
  })
  @AnswersProblems('device-unknown', 'device-unreachable', 'host-key-mismatch', 'secret-not-for-host')
  @RequireScope('DEVICE_READ')
  async nacm(
    @Param('id') id: string,
    @Query() { action_type: types }: NacmQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<DeviceNacmDto> {
    await this.gateway.inventory.reached(position);
    return this.bindings.nacm(tenantId, id, types?.split(','));
  }
}
