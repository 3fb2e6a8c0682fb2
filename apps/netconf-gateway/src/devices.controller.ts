import { streamName, type Violation } from '@interlock/contracts';
import {
  type CommandResult,
  type Position,
  ProblemError,
  refuseViolations,
  sameJson,
  writtenAt,
} from '@interlock/kernel';
import {
  deviceViolations,
  type Device,
  type DeviceCommand,
  type DeviceEvent,
  type DeviceState,
} from '@interlock/network';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  MinPosition,
  nowText,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  type Principal,
  Answers,
} from '@interlock/platform';
import { decodeCursor, encodeCursor, pageLimit } from '@interlock/postgres';
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
import {
  DeviceDto,
  DeviceSettingsDto,
  ListDevicesQuery,
  PageQuery,
  ReasonDto,
  SamplesQuery,
  TenantQuery,
} from './devices.dto.js';
import { DriftChecks } from './drift/drift-checks.js';
import { deviceIn, deviceView } from './device-view.js';
import { Gateway } from './gateway.js';
import type { InventoryEntry } from './inventory.js';
import { matrixView } from './qualify/qualification-view.js';
import { TransactionsQueries } from './transactions.queries.js';

/**
 * How the device stands after a write: a command that is repeated is answered by what became of the
 * device since.
 */
type ChangedDevice = WrittenDeviceDto | RemovedDeviceDto;

/** The device inventory. */
@ApiTags('devices')
@Controller('api/v1/devices')
export class DevicesController {
  constructor(
    private readonly gateway: Gateway,
    private readonly queries: TransactionsQueries,
    private readonly checks: DriftChecks,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the devices of a tenant' })
  @RequireScope('DEVICE_READ')
  async list(
    @Query() query: ListDevicesQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<DevicePageDto> {
    const limit = pageLimit(query.limit);
    const [after] = query.cursor === undefined ? [''] : decodeCursor(query.cursor, 1);
    await this.gateway.inventory.reached(position);
    const rows = this.gateway.inventory
      .list(tenantId)
      .filter(
        ({ device }) =>
          device.device_id > String(after) &&
          (query.site_id === undefined || device.site_id === query.site_id),
      );
    const page = rows.slice(0, limit);
    return {
      items: page.map((entry) => this.#view(entry)),
      next: rows.length > limit ? encodeCursor([page.at(-1)!.device.device_id]) : null,
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a device' })
  @AnswersProblems('device-unknown')
  @RequireScope('DEVICE_READ')
  async get(
    @Param('id') id: string,
    @Query() _query: TenantQuery,
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
      'Only a person may register a device, because its address decides where its password is sent.',
  })
  @AnswersProblems('person-required', 'already-exists', 'secret-not-for-host')
  @RequireScope('DEVICE_WRITE')
  @Answers<WrittenDeviceDto>()
  async register(
    @Body() body: DeviceDto,
    @Query() _query: TenantQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedDevice> {
    requirePerson(principal);
    const device = { device_id: body.device_id, ...deviceIn(body) };
    this.#refuseFaults(tenantId, device);
    await this.#refuseTakenCells(tenantId, device);
    return this.#handle(reply, principal, tenantId, body.device_id, { kind: 'RegisterDevice', device }, null);
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
    @Query() _query: TenantQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ValidatedDeviceDto> {
    requirePerson(principal);
    const device = { device_id: body.device_id, ...deviceIn(body) };
    await this.gateway.current();
    const entry = this.gateway.inventory.find(tenantId, body.device_id);
    const isSame = entry !== undefined && sameJson(entry.device, device);
    const checks: readonly (() => Promise<void>)[] = [
      () => Promise.try(() => this.#refuseFaults(tenantId, device)),
      () => this.#refuseTakenCells(tenantId, device),
      () =>
        Promise.try(() => {
          if (entry !== undefined && !isSame) this.#refuseUnderWay(tenantId, body.device_id);
        }),
    ];
    const violations: Violation[] = [];
    for (const check of checks) {
      try {
        await check();
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
    description: 'A device with a transaction in progress is not changed.',
  })
  @AnswersProblems(
    'person-required',
    'wrong-state',
    'already-exists',
    'device-unknown',
    'secret-not-for-host',
  )
  @RequireScope('DEVICE_WRITE')
  @Answers<WrittenDeviceDto>()
  async update(
    @Param('id') id: string,
    @Body() body: DeviceSettingsDto,
    @Query() _query: TenantQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedDevice> {
    requirePerson(principal);
    const changes = deviceIn(body);
    this.#refuseFaults(tenantId, { device_id: id, ...changes });
    await this.#refuseTakenCells(tenantId, { device_id: id, ...changes });
    const known = this.gateway.inventory.find(tenantId, id)?.device;
    if (known !== undefined && !sameJson(known, { ...known, ...changes })) this.#refuseUnderWay(tenantId, id);
    return this.#handle(reply, principal, tenantId, id, { kind: 'UpdateDevice', changes }, revision);
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
    @Query() _query: TenantQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
    @Res({ passthrough: true }) reply: FastifyReply,
  ): Promise<ChangedDevice> {
    requirePerson(principal);
    await this.gateway.current();
    this.#refuseUnderWay(tenantId, id);
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
    @Query() _query: TenantQuery,
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

  /**
   * Every fault of the settings at once; a secret of another tenant is one, whether it is there or
   * not.
   */
  #refuseFaults(tenantId: string, device: Device): void {
    const faults = deviceViolations(device);
    const unreadable = faults.some(({ pointer }) => pointer === '/credentials_ref');
    refuseViolations(
      [
        ...faults,
        ...(unreadable ? [] : this.gateway.credentials.violations(tenantId, device.credentials_ref)),
      ],
      'the device',
    );
    this.gateway.credentials.refuseElsewhere(tenantId, device);
  }

  /**
   * What is under way goes where it began; nobody is to think that a change of the inventory moves
   * it.
   */
  #refuseUnderWay(tenantId: string, id: string): void {
    if ((this.gateway.inventory.find(tenantId, id)?.qualifying ?? null) !== null)
      throw new ProblemError('wrong-state', `device \`${id}\` is being qualified`, {
        remedy: 'wait for its end',
      });
    const [open] = this.gateway.openOn(tenantId, id);
    if (open !== undefined)
      throw new ProblemError('wrong-state', `device \`${id}\` has a transaction under way`, {
        members: { tx_id: open },
        remedy: 'wait for its end, or take the action back',
      });
  }

  /**
   * One cell belongs to one device; two requests at the very same time are settled by the topology,
   * which takes the first by name.
   */
  async #refuseTakenCells(tenantId: string, device: Device): Promise<void> {
    await this.gateway.current();
    const { cells } = this.gateway.inventory.topology(tenantId);
    const taken = device.cells.flatMap((cell, i) => {
      const owner = cells.get(cell.cell_id)?.device_id;
      return owner === undefined || owner === device.device_id
        ? []
        : [{ pointer: `/cells/${i}/cell_id`, detail: `\`${cell.cell_id}\` belongs to device \`${owner}\`` }];
    });
    if (taken.length > 0)
      throw new ProblemError(
        'already-exists',
        `${taken.length} of the device's cells belong to other devices`,
        { violations: taken },
      );
  }

  async #handle(
    reply: FastifyReply,
    principal: Principal,
    tenantId: string,
    id: string,
    command: DeviceCommand,
    revision: bigint | null,
  ): Promise<ChangedDevice> {
    const context = commandContext(
      principal,
      nowText(),
      revision === null ? {} : { expectedRevision: revision },
    );
    const result: CommandResult<DeviceEvent, DeviceState> = await this.gateway.devices.handle(
      streamName('device', tenantId, id),
      command,
      context,
    );
    void reply.header('etag', `"${result.revision}"`);
    const { device, quarantined } = result.state;
    const alike = device === null ? null : this.gateway.inventory.quarantineOf(tenantId, id, device);
    return {
      ...(device ?? { device_id: id, removed: true as const }),
      quarantined: command.kind === 'ReleaseDevice' ? quarantined : (quarantined ?? alike),
      ...writtenAt(result),
    };
  }
}
