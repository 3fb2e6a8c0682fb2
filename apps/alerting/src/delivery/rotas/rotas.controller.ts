import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { namePattern, streamName } from '@interlock/contracts';
import {
  type CommandResult,
  type Position,
  ProblemError,
  refuseViolations,
  writtenAt,
} from '@interlock/kernel';
import {
  checkRota,
  rotaApis,
  type Rota,
  type RotaCommand,
  type RotaEvent,
  type RotaState,
} from '@interlock/notify';
import {
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  newId,
  nowText,
  requirePerson,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { RotaHandler } from '../../handlers.js';
import type { Egress } from '../egress.js';
import { DeliverySettings } from '../settings.js';
import { EGRESS } from '../tokens.js';
import {
  PutOverrideDto,
  PutRotaDto,
  type ReachDto,
  RotaAtQuery,
  type RotaDto,
  type RotaListDto,
  type WrittenRotaDto,
} from './rotas.dto.js';
import { RotasQueries } from './rotas.queries.js';

const rotaIn = ({ weeks, members, source, ...body }: PutRotaDto): Rota => ({
  time_zone: body.time_zone,
  starts_on: body.starts_on,
  handover: body.handover,
  weeks: weeks ?? 1,
  members: members.map(({ name, channels, external_id }) => ({
    name,
    channels,
    external_id: external_id ?? null,
  })),
  source: source ? { ...source, api_url: source.api_url ?? rotaApis[source.kind] } : null,
});
const timeOf = (text: string | undefined): string =>
  text === undefined ? nowText() : new Date(text).toISOString();

/** Shows who is on call, and which people alerts reach. */
@ApiTags('alerts')
@Controller('api/v1/alerts')
export class RotasController {
  constructor(
    private readonly queries: RotasQueries,
    private readonly rotas: RotaHandler,
    private readonly settings: DeliverySettings,
    @Inject(EGRESS) private readonly egress: Egress,
  ) {}

  @Get('reach')
  @ApiOperation({ summary: 'Get where nobody would be notified of alerts' })
  @RequireScope('ALERT_READ')
  async reach(@Tenant() tenantId: string, @MinPosition() position: Position | null): Promise<ReachDto> {
    await this.queries.atLeast(position);
    const at = nowText();
    const findings = await this.queries.findings(tenantId, at);
    const isUnreached = findings.some(({ rota_id }) => rota_id === null);
    return { tenant_id: tenantId, reached: !isUnreached, findings, at };
  }

  @Get('rotas')
  @ApiOperation({ summary: 'List the on-call rotas of a tenant, with who is on call' })
  @RequireScope('ALERT_READ')
  async list(
    @Query() { at }: RotaAtQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<RotaListDto> {
    await this.queries.atLeast(position);
    return { items: await this.queries.rotas(tenantId, timeOf(at)), next: null };
  }

  @Get('rotas/:id')
  @ApiOperation({ summary: 'Get an on-call rota, with who is on call' })
  @RequireScope('ALERT_READ')
  async one(
    @Param('id') id: string,
    @Query() { at }: RotaAtQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<RotaDto> {
    await this.queries.atLeast(position);
    const found = (await this.queries.rotas(tenantId, timeOf(at))).find(({ rota_id }) => rota_id === id);
    if (found === undefined) throw new ProblemError('not-found', `there is no rota \`${id.slice(0, 64)}\``);
    return found;
  }

  @Put('rotas/:id')
  @ApiOperation({
    summary: 'Create or replace an on-call rota',
    description:
      'A new rota, and one that loses a person or a channel, is a change request. Only a person may use a secret.',
  })
  @MayLoosen('secret-not-for-host')
  @RequireScope('ALERT_WRITE')
  async put(
    @Param('id') id: string,
    @Body() body: PutRotaDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenRotaDto | ChangeRequestedDto> {
    const rota = rotaIn(body);
    const named = namePattern.test(id)
      ? []
      : [{ pointer: '/path/id', detail: 'must be a name such as `primary`' }];
    refuseViolations([...named, ...checkRota(rota)], 'the rota');
    const { source } = rota;
    if (source !== null) {
      requirePerson(principal);
      const fault = this.egress.secrets.fault(tenantId, source.token_ref);
      refuseViolations(fault === null ? [] : [{ pointer: '/source/token_ref', detail: fault }], 'the rota');
    }
    const result = await this.settings.changes.write(this.settings.rotas, {
      stream: streamName('rota', tenantId, id),
      command: { kind: 'set', rota_id: id, rota },
      principal,
      context: commandContext(principal, undefined, revision === null ? {} : { expectedRevision: revision }),
    });
    return isChangeRequested(result) ? result : this.#answer(id, result);
  }

  @Delete('rotas/:id')
  @ApiOperation({ summary: 'Remove an on-call rota' })
  @RequireScope('ALERT_WRITE')
  async remove(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenRotaDto> {
    return this.#written(principal, tenantId, id, { kind: 'remove', rota_id: id });
  }

  @Post('rotas/:id/overrides')
  @ApiOperation({ summary: 'Let a member of a rota take over for a time' })
  @RequireScope('ALERT_WRITE')
  async override(
    @Param('id') id: string,
    @Body() { member, from, until }: PutOverrideDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenRotaDto> {
    const override = { override_id: newId(), member, from: timeOf(from), until: timeOf(until) };
    const written = await this.#written(principal, tenantId, id, { kind: 'override', rota_id: id, override });
    return { ...written, override_id: override.override_id };
  }

  @Delete('rotas/:id/overrides/:override_id')
  @ApiOperation({ summary: 'Remove an override of a rota' })
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async lift(
    @Param('id') id: string,
    @Param('override_id') override_id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<WrittenRotaDto> {
    return this.#written(principal, tenantId, id, { kind: 'lift', rota_id: id, override_id });
  }

  async #written(
    principal: Principal,
    tenantId: string,
    id: string,
    command: RotaCommand,
  ): Promise<WrittenRotaDto> {
    if (!namePattern.test(id)) throw new ProblemError('not-found', `there is no rota \`${id.slice(0, 64)}\``);
    const result = await this.rotas.handle(
      streamName('rota', tenantId, id),
      command,
      commandContext(principal),
    );
    return this.#answer(id, result);
  }

  async #answer(id: string, result: CommandResult<RotaEvent, RotaState>): Promise<WrittenRotaDto> {
    await this.queries.atLeast(result.position);
    return {
      rota_id: id,
      override_id: null,
      ...writtenAt(result),
    };
  }
}
