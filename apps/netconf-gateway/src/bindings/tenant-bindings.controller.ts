import { ProblemError, writtenAt, type Position } from '@interlock/kernel';
import { rulesNotChecked, type Binding } from '@interlock/network';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  RequireScope,
  Tenant,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { Gateway } from '../gateway.js';
import { TenantBindingSettings } from './tenant-binding-settings.js';
import {
  AddBindingDto,
  type AddedBindingDto,
  type BindingListDto,
  type BindingSummaryDto,
  type CheckedBindingDto,
  type RemovedBindingDto,
  type ShownBindingDto,
} from './tenant-bindings.dto.js';

/** Serves the bindings that devices may use: the shipped ones, and those of the tenant. */
@ApiTags('devices')
@Controller('api/v1/device-bindings')
export class TenantBindingsController {
  constructor(
    private readonly gateway: Gateway,
    private readonly settings: TenantBindingSettings,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the shipped bindings and those of the tenant' })
  @RequireScope('DEVICE_READ')
  async list(
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<BindingListDto> {
    await this.gateway.inventory.reached(position);
    const table = this.gateway.inventory.bindings.table(tenantId);
    return { items: [...table.values()].map((one) => this.#summary(tenantId, one)), next: null };
  }

  @Get(':name')
  @ApiOperation({ summary: 'Get a binding with its file' })
  @RequireScope('DEVICE_READ')
  async show(
    @Param('name') name: string,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<ShownBindingDto> {
    await this.gateway.inventory.reached(position);
    const { bindings } = this.gateway.inventory;
    const binding = bindings.table(tenantId).get(name);
    if (binding === undefined)
      throw new ProblemError('not-found', `there is no binding \`${name.slice(0, 256)}\``);
    return {
      ...this.#summary(tenantId, binding),
      file: binding.file,
      check: bindings.own(tenantId, name)?.last?.check ?? null,
      not_checked: rulesNotChecked(binding.file),
    };
  }

  @Post('check')
  @ApiOperation({
    summary: 'Compare a binding with its YANG',
    description: 'Nothing is written. The YANG comes with the request, or from a device by `get-schema`.',
  })
  @AnswersProblems('device-unknown', 'device-unreachable', 'host-key-mismatch', 'secret-not-for-host')
  @HttpCode(200)
  @RequireScope('DEVICE_WRITE')
  async check(
    @Body() body: AddBindingDto,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
  ): Promise<CheckedBindingDto> {
    const { name, check, not_checked } = await this.settings.check(tenantId, body.binding, body);
    return { binding: name, check, not_checked };
  }

  @Post()
  @ApiOperation({
    summary: "Add a binding of a vendor's model",
    description:
      'The file is compared with its YANG first. A new binding is a change request. Devices have it once people choose it for them.',
  })
  @MayLoosen(
    'device-unknown',
    'device-unreachable',
    'host-key-mismatch',
    'secret-not-for-host',
    'already-exists',
  )
  @HttpCode(200)
  @RequireScope('DEVICE_WRITE')
  async add(
    @Body() body: AddBindingDto,
    @Query() _query: TenantScoped,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AddedBindingDto | ChangeRequestedDto> {
    const agreed = await this.settings.check(principal.tenant_id, body.binding, body);
    const written = await this.settings.add(principal, agreed, commandContext(principal));
    if (isChangeRequested(written)) return written;
    return {
      binding: agreed.name,
      check: agreed.check,
      not_checked: agreed.not_checked,
      ...writtenAt(written),
    };
  }

  @Delete(':name')
  @ApiOperation({ summary: 'Remove a binding of the tenant that no device has' })
  @AnswersProblems('wrong-state')
  @RequireScope('DEVICE_WRITE')
  async remove(
    @Param('name') name: string,
    @Query() _query: TenantScoped,
    @CurrentPrincipal() principal: Principal,
  ): Promise<RemovedBindingDto> {
    const written = await this.settings.remove(principal, name, commandContext(principal));
    return { binding: name, ...writtenAt(written) };
  }

  #summary(tenantId: string, { name, file }: Binding): BindingSummaryDto {
    const { inventory } = this.gateway;
    return {
      binding: name,
      shipped: inventory.bindings.own(tenantId, name) === undefined,
      evidence: file.evidence.status,
      evidence_by: file.evidence.by,
      places: [...Object.keys(file.classes), ...(Object.keys(file.kpis).length === 0 ? [] : ['kpi'])],
      devices: inventory
        .list(tenantId)
        .flatMap(({ device, bindings }) => (bindings?.includes(name) === true ? [device.device_id] : [])),
    };
  }
}
