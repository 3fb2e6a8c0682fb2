import { streamName, type Violation } from '@interlock/contracts';
import {
  type CommandContext,
  type CommandResult,
  type Position,
  ProblemError,
  sameJson,
  writtenAt,
} from '@interlock/kernel';
import type { DeviceCommand, DeviceEvent, DeviceState } from '@interlock/network';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MayLoosenCreating,
  MinPosition,
  nowText,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  PageQuery,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
  Answers,
} from '@interlock/platform';
import { pageByKey } from '@interlock/postgres';
import { Body, Controller, Delete, Get, HttpCode, Param, Post, Put, Query, Res } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type {
  DevicePageDto,
  KpiSamplePageDto,
  RemovedDeviceDto,
  ValidatedDeviceDto,
  ShownDeviceDto,
  TransactionPageDto,
  WrittenDeviceDto,
  DeviceEntryDto,
} from './devices-answers.dto.js';
import type { FastifyReply } from 'fastify';
import { DeviceDto, DeviceSettingsDto, ListDevicesQuery, ReasonDto, SamplesQuery } from './devices.dto.js';
import { DriftChecks } from '../drift/drift-checks.js';
import { DeviceSetting } from './device-setting.js';
import { deviceIn, deviceView, settingsView } from './device-view.js';
import { Gateway } from '../gateway.js';
import type { InventoryEntry } from './inventory.js';
import { matrixView } from '../qualify/qualification-view.js';
import { TransactionsQueries } from '../tx/transactions.queries.js';

const contextAt = (principal: Principal, revision: bigint | null): CommandContext =>
  commandContext(principal, nowText(), revision === null ? {} : { expectedRevision: revision });

/** The device after a write. A repeated command is answered with the device's current state. */
type ChangedDevice = WrittenDeviceDto | RemovedDeviceDto;

/** Serves the device inventory. */
@ApiTags('devices')
@Controller('api/v1/devices')
export class DevicesController {
  constructor(
    private readonly gateway: Gateway,
    private readonly queries: TransactionsQueries,
    private readonly checks: DriftChecks,
    private readonly setting: DeviceSetting,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the devices of a tenant' })
  @RequireScope('DEVICE_READ')
  async list(
    @Query() query: ListDevicesQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<DevicePageDto> {
    await this.gateway.inventory.reached(position);
    const entries = this.gateway.inventory
      .list(tenantId)
      .filter(({ device }) => query.site_id === undefined || device.site_id === query.site_id);
    const { items, next } = pageByKey('devices', entries, ({ device }) => device.device_id, query);
    return { items: items.map((entry) => this.#view(entry)), next };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a device' })
  @AnswersProblems('device-unknown')
  @RequireScope('DEVICE_READ')
  async get(
    @Param('id') id: string,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ShownDeviceDto> {
    await this.gateway.inventory.reached(position);
    const entry = this.gateway.inventory.get(tenantId, id);
    void reply.header('etag', `"${entry.revision}"`);
    return {
      ...this.#view(entry),
      open_transactions: this.gateway.openOn(tenantId, id),
      qualification_matrix: matrixView(entry),
    };
  }

  @Get(':id/transactions')
  @ApiOperation({ summary: 'List the transactions of a device' })
  @RequireScope('DEVICE_READ')
  async transactions(
    @Param('id') id: string,
    @Query() query: PageQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<TransactionPageDto> {
    await this.queries.atLeast(position);
    return this.queries.transactions(tenantId, id, query);
  }

  @Get(':id/kpi-samples')
  @ApiOperation({ summary: 'List the KPIs before and after each change of a device' })
  @RequireScope('DEVICE_READ')
  async samples(
    @Param('id') id: string,
    @Query() query: SamplesQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<KpiSamplePageDto> {
    await this.queries.atLeast(position);
    return this.queries.samples(tenantId, id, query);
  }

  @Post()
  @ApiOperation({
    summary: 'Register a device',
    description:
      'Only a person may register a device, because its address decides where its password is sent. A removed device that is registered with another address or host key is a change request.',
  })
  @MayLoosenCreating('already-exists', 'secret-not-for-host')
  @RequireScope('DEVICE_WRITE')
  async register(
    @Body() body: DeviceDto,
    @Query() _query: TenantScoped,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenDeviceDto | ChangeRequestedDto> {
    requirePerson(principal);
    const device = { device_id: body.device_id, ...deviceIn(body) };
    return this.#write(reply, principal, body.device_id, { kind: 'RegisterDevice', device }, null);
  }

  @Post('validate')
  @ApiOperation({
    summary: 'Validate a device without registering it',
    description: 'Names every fault, and whether the device would be new, changed or the same.',
  })
  @AnswersProblems('person-required')
  @HttpCode(200)
  @RequireScope('DEVICE_WRITE')
  async validate(
    @Body() body: DeviceDto,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ValidatedDeviceDto> {
    requirePerson(principal);
    const device = { device_id: body.device_id, ...deviceIn(body) };
    await this.gateway.current();
    const entry = this.gateway.inventory.find(tenantId, body.device_id);
    const isSame = entry !== undefined && sameJson(entry.device, device);
    const checks: readonly (() => void)[] = [
      () => this.setting.refuseFaults(tenantId, device),
      () => this.setting.refuseTakenCells(tenantId, device),
      () => {
        if (entry !== undefined && !isSame) this.setting.refuseUnderWay(tenantId, body.device_id);
      },
    ];
    const violations: Violation[] = [];
    for (const check of checks) {
      try {
        check();
      } catch (error) {
        if (!(error instanceof ProblemError)) throw error;
        const { violations: found, detail } = error;
        violations.push(...(found.length > 0 ? found : [{ pointer: '', detail }]));
      }
    }
    return {
      device_id: body.device_id,
      change: entry === undefined ? 'new' : isSame ? 'same' : 'changed',
      revision: entry === undefined ? null : `${entry.revision}`,
      violations,
    };
  }

  @Put(':id')
  @ApiOperation({
    summary: 'Change the settings of a device',
    description:
      'Another address, transport, login, profile or host key, and the start or end of calling home, is a change request. A device with a transaction in progress is not changed.',
  })
  @MayLoosen('wrong-state', 'already-exists', 'device-unknown', 'secret-not-for-host')
  @RequireScope('DEVICE_WRITE')
  async update(
    @Param('id') id: string,
    @Body() body: DeviceSettingsDto,
    @Query() _query: TenantScoped,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<WrittenDeviceDto | ChangeRequestedDto> {
    requirePerson(principal);
    const changes = {
      next_host_key_fingerprint: null,
      call_home: false,
      transport: 'ssh',
      ...deviceIn(body),
    } as const;
    const command = { kind: 'UpdateDevice', device_id: id, changes } as const;
    return this.#write(reply, principal, id, command, revision);
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Remove a device',
    description: 'A device with a transaction in progress is not removed.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'device-unknown')
  @RequireScope('DEVICE_WRITE')
  @Answers<RemovedDeviceDto>()
  async remove(
    @Param('id') id: string,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedDevice> {
    requirePerson(principal);
    await this.gateway.current();
    this.setting.refuseUnderWay(tenantId, id);
    return this.#handle(reply, principal, tenantId, id, { kind: 'RemoveDevice', reason: null }, revision);
  }

  @Post(':id/release')
  @ApiOperation({
    summary: 'Release a device from quarantine',
    description: 'A person releases the device after an inspection, even if it was removed.',
  })
  @AnswersProblems('person-required', 'wrong-state', 'device-unknown')
  @HttpCode(200)
  @RequireScope('DEVICE_WRITE')
  @Answers<WrittenDeviceDto | RemovedDeviceDto>()
  async release(
    @Param('id') id: string,
    @Body() body: ReasonDto,
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedDevice> {
    requirePerson(principal);
    await this.gateway.current();
    const device = this.gateway.inventory.find(tenantId, id)?.device;
    const holder =
      device === undefined ? id : (this.gateway.inventory.quarantinedAs(tenantId, id, device) ?? id);
    if (holder !== id)
      throw new ProblemError(
        'wrong-state',
        `device \`${id}\` is in quarantine because it is at the place of \`${holder}\`, or has its host key`,
        { remedy: `release \`${holder}\`` },
      );
    const reason = await sealed(principal, body.reason, `${streamName('device', tenantId, id)} release`);
    return this.#handle(
      reply,
      principal,
      tenantId,
      id,
      { kind: 'ReleaseDevice', device_id: id, reason },
      revision,
    );
  }

  #view(entry: InventoryEntry): DeviceEntryDto {
    const { tenant_id, device_id } = entry.address;
    return deviceView(entry, this.checks.last(tenant_id, device_id));
  }

  /** Writes settings, or requests the change if they loosen. */
  async #write(
    reply: FastifyReply,
    principal: Principal,
    id: string,
    command: DeviceCommand,
    revision: bigint | null,
  ): Promise<WrittenDeviceDto | ChangeRequestedDto> {
    const context = contextAt(principal, revision);
    const written = await this.setting.write(principal, id, command, context);
    if (isChangeRequested(written)) return written;
    void reply.header('etag', `"${written.revision}"`);
    const { device, quarantined } = written.state;
    if (device === null) throw new ProblemError('device-unknown', 'the device was removed meanwhile');
    return {
      ...settingsView(device),
      quarantined: quarantined ?? this.gateway.inventory.quarantineOf(principal.tenant_id, id, device),
      ...writtenAt(written),
    };
  }

  async #handle(
    reply: FastifyReply,
    principal: Principal,
    tenantId: string,
    id: string,
    command: DeviceCommand,
    revision: bigint | null,
  ): Promise<ChangedDevice> {
    const result: CommandResult<DeviceEvent, DeviceState> = await this.gateway.devices.handle(
      streamName('device', tenantId, id),
      command,
      contextAt(principal, revision),
    );
    void reply.header('etag', `"${result.revision}"`);
    const { device, quarantined } = result.state;
    const alike = device === null ? null : this.gateway.inventory.quarantineOf(tenantId, id, device);
    return {
      ...(device === null ? { device_id: id, removed: true as const } : settingsView(device)),
      quarantined: command.kind === 'ReleaseDevice' ? quarantined : (quarantined ?? alike),
      ...writtenAt(result),
    };
  }
}
