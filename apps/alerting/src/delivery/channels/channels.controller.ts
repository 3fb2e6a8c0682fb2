import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Put } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { namePattern, streamName } from '@interlock/contracts';
import {
  type CommandContext,
  type CommandResult,
  type Position,
  positionOrNull,
  ProblemError,
  refuseViolations,
  writtenAt,
} from '@interlock/kernel';
import {
  checkChannel,
  checkReport,
  referencesOf,
  type ChannelCommand,
  type ChannelEvent,
  type ChannelSettings,
  type ChannelState,
} from '@interlock/notify';
import {
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  newId,
  requirePerson,
  RequireScope,
  Tenant,
  type ChangeRequestedDto,
  type Principal,
} from '@interlock/platform';
import { ChannelHandler } from '../../handlers.js';
import {
  type ChannelDto,
  type ChannelListDto,
  type ChannelTestDto,
  memberFaults,
  PutChannelDto,
  settingsOf,
  type WrittenChannelDto,
} from './channels.dto.js';
import { SendReportDto, type SentReportDto } from './reports.dto.js';
import { DeliverySettings } from '../settings.js';
import { DeliveriesQueries } from '../deliveries.queries.js';
import { portIn, type Egress } from '../egress.js';
import { EGRESS } from '../tokens.js';

const pinned = (principal: Principal, revision: bigint | null): CommandContext =>
  commandContext(principal, undefined, revision === null ? {} : { expectedRevision: revision });

const written = (
  tenant_id: string,
  channel_id: string,
  result: CommandResult<ChannelEvent, ChannelState>,
): WrittenChannelDto => ({
  tenant_id,
  channel_id,
  kind: result.state.settings?.kind ?? null,
  ...writtenAt(result),
});

/**
 * Throws `person-required` for a service if the current or the new settings use a secret.
 */
const requirePersonForSecrets = (
  principal: Principal,
  ...settings: readonly (ChannelSettings | null)[]
): void => {
  if (settings.some((one) => one !== null && referencesOf(one).length > 0)) requirePerson(principal);
};

/** Returns where a channel sends to, as far as its settings name it. */
const placesOf = (
  settings: ChannelSettings,
): readonly { readonly pointer: string; readonly host: string; readonly port: number }[] => {
  if (settings.kind === 'email') return [{ pointer: '/host', host: settings.host, port: settings.port }];
  const named = {
    url: 'url' in settings ? settings.url : null,
    api_url: 'api_url' in settings ? settings.api_url : null,
  };
  return Object.entries(named).flatMap(([member, text]) => {
    if (text === null) return [];
    const url = new URL(text);
    return [{ pointer: `/${member}`, host: url.hostname, port: portIn(url) }];
  });
};

/**
 * The channels of a tenant. A channel's configuration decides where Interlock sends. Secrets are
 * named, never shown.
 */
@ApiTags('alerts')
@Controller('api/v1/alerts/channels')
export class ChannelsController {
  constructor(
    private readonly queries: DeliveriesQueries,
    private readonly channels: ChannelHandler,
    private readonly settings: DeliverySettings,
    @Inject(EGRESS) private readonly egress: Egress,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the notification channels of a tenant' })
  @RequireScope('ALERT_READ')
  async list(@Tenant() tenantId: string, @MinPosition() position: Position | null): Promise<ChannelListDto> {
    await this.queries.atLeast(position);
    return { items: await this.queries.channels(tenantId), next: null };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a notification channel' })
  @RequireScope('ALERT_READ')
  async one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<ChannelDto> {
    await this.queries.atLeast(position);
    return this.queries.channel(tenantId, id);
  }

  @Put(':id')
  @ApiOperation({
    summary: 'Create or replace a notification channel',
    description: 'A channel that is replaced is a change request. Only a person may use or replace a secret.',
  })
  @MayLoosen('secret-not-for-host')
  @RequireScope('ALERT_WRITE')
  async put(
    @Param('id') id: string,
    @Body() body: PutChannelDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenChannelDto | ChangeRequestedDto> {
    const faults = memberFaults(body);
    const settings = settingsOf(body);
    refuseViolations(
      [
        ...(namePattern.test(id) ? [] : [{ pointer: '/path/id', detail: 'must be a name such as `ops`' }]),
        ...faults,
        ...(faults.length > 0 ? [] : this.#faults(tenantId, settings)),
      ],
      'the channel',
    );
    const stream = streamName('channel', tenantId, id);
    const { settings: before } = (await this.channels.load(stream)).state;
    requirePersonForSecrets(principal, before, settings);
    return this.#write(principal, id, { kind: 'configure', channel_id: id, settings }, revision);
  }

  #faults(tenantId: string, settings: ReturnType<typeof settingsOf>): ReturnType<typeof checkChannel> {
    const faults = checkChannel(settings);
    if (faults.length > 0) return faults;
    const found = [
      ...referencesOf(settings).map(({ pointer, reference }) => ({
        pointer,
        detail: this.egress.secrets.fault(tenantId, reference),
      })),
      ...placesOf(settings).map(({ pointer, host, port }) => ({
        pointer,
        detail: this.egress.hostFault(host, port),
      })),
    ];
    return found.flatMap(({ pointer, detail }) => (detail === null ? [] : [{ pointer, detail }]));
  }

  @Delete(':id')
  @ApiOperation({
    summary: 'Remove a notification channel',
    description: 'A change request. Only a person may remove a channel that uses a secret.',
  })
  @MayLoosen()
  @RequireScope('ALERT_WRITE')
  async remove(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenChannelDto | ChangeRequestedDto> {
    const { settings } = await this.#known(tenantId, id);
    requirePersonForSecrets(principal, settings);
    return this.#write(principal, id, { kind: 'remove', channel_id: id }, revision);
  }

  @Post(':id/test')
  @ApiOperation({
    summary: 'Send a test message through a notification channel',
    description:
      'The message takes the same path as an alert. Its delivery appears in the list of deliveries.',
  })
  @HttpCode(202)
  @RequireScope('ALERT_WRITE')
  async test(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChannelTestDto> {
    const { stream } = await this.#known(tenantId, id);
    const test_id = newId();
    const result = await this.channels.handle(
      stream,
      { kind: 'test', channel_id: id, test_id },
      commandContext(principal),
    );
    return {
      channel_id: id,
      test_id,
      position: positionOrNull(result.position),
    };
  }

  @Post(':id/reports')
  @ApiOperation({
    summary: 'Send a report through a notification channel',
    description:
      'The report takes the same path as an alert. Its delivery appears in the list of deliveries. The log keeps the report, so it must hold no text that people wrote. Channels of kind pagerduty take no reports.',
  })
  @HttpCode(202)
  @RequireScope('ALERT_WRITE')
  async report(
    @Param('id') id: string,
    @Body() { name, ...report }: SendReportDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<SentReportDto> {
    const { stream } = await this.#known(tenantId, id);
    refuseViolations(checkReport(report), 'the report');
    const report_id = newId();
    const result = await this.channels.handle(
      stream,
      { kind: 'report', channel_id: id, report_id, name, report },
      commandContext(principal),
    );
    return { channel_id: id, report_id, position: positionOrNull(result.position) };
  }

  async #write(
    principal: Principal,
    id: string,
    command: ChannelCommand,
    revision: bigint | null,
  ): Promise<WrittenChannelDto | ChangeRequestedDto> {
    const result = await this.settings.changes.write(this.settings.channels, {
      stream: streamName('channel', principal.tenant_id, id),
      command,
      principal,
      context: pinned(principal, revision),
    });
    return isChangeRequested(result) ? result : written(principal.tenant_id, id, result);
  }

  /** Returns a configured channel. Throws `not-found`. */
  async #known(
    tenantId: string,
    id: string,
  ): Promise<{ readonly stream: string; readonly settings: ChannelSettings }> {
    const stream = streamName('channel', tenantId, id);
    const settings = namePattern.test(id) ? (await this.channels.load(stream)).state.settings : null;
    if (settings === null) throw new ProblemError('not-found', `there is no channel \`${id.slice(0, 64)}\``);
    return { stream, settings };
  }
}
