import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { streamName } from '@interlock/contracts';
import { type Position, positionOrNull } from '@interlock/kernel';
import { operationalLimits, type AlertCommand, type OperationalName } from '@interlock/alerting';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  MinPosition,
  nowText,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import { AlertIndex } from './alert-index.js';
import { AlertReports } from './alert-reports.js';
import { AlertHandler } from '../handlers.js';
import { noteOf } from '../notices/notes.js';
import type {
  AlertDto,
  AlertPageDto,
  AlertReportDto,
  ChangedAlertDto,
  OperationalDto,
  TimelineDto,
} from '../notices/notices-answers.dto.js';
import { AcknowledgeDto, ListAlertsQuery, SilenceDto, WrittenNoteDto } from '../notices/notices.dto.js';
import { NoticesQueries } from '../notices/notices.queries.js';

@ApiTags('alerts')
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(
    private readonly queries: NoticesQueries,
    private readonly alerts: AlertHandler,
    private readonly reports: AlertReports,
    private readonly index: AlertIndex,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the alerts of a tenant' })
  @RequireScope('ALERT_READ')
  async list(
    @Query() query: ListAlertsQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<AlertPageDto> {
    await this.queries.atLeast(position);
    return { ...(await this.queries.alerts(tenantId, query)), server_time: nowText() };
  }

  @Get('check')
  @ApiOperation({ summary: 'List the open alerts, most severe first, and whether any needs a person' })
  @RequireScope('ALERT_READ')
  async check(
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<AlertReportDto> {
    await this.queries.atLeast(position);
    return this.reports.of(tenantId);
  }

  @Get('operational')
  @ApiOperation({
    summary: 'Get the figures of safe operation',
    description:
      'The figures come from the log. The answer is `not-current` while the service has not read the whole log.',
  })
  @RequireScope('ALERT_READ', 'POSTURE_READ')
  async operational(
    @Query() _query: TenantScoped,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<OperationalDto> {
    if (position === null) await this.index.follower.ensureCurrent(false);
    else await this.index.follower.confirmAtLeast(position);
    const at = nowText();
    const figures = this.index.operational(tenantId, at);
    const names = Object.keys(operationalLimits) as OperationalName[];
    return { at, tenant_id: tenantId, safe: names.every((name) => figures[name].safe), ...figures };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an alert' })
  @RequireScope('ALERT_READ')
  async one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<AlertDto> {
    await this.queries.atLeast(position);
    return this.queries.alert(tenantId, id);
  }

  @Get(':id/timeline')
  @ApiOperation({ summary: 'List the events of an alert over all its episodes' })
  @RequireScope('ALERT_READ')
  async timeline(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<TimelineDto> {
    await this.queries.atLeast(position);
    await this.queries.alert(tenantId, id);
    return { items: await this.queries.timeline(tenantId, [id]) };
  }

  @Post(':id/acknowledge')
  @ApiOperation({ summary: 'Acknowledge an alert' })
  @AnswersProblems('wrong-state')
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async acknowledge(
    @Param('id') id: string,
    @Body() body: AcknowledgeDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedAlertDto> {
    const { episode } = body;
    const stream = streamName('alert', tenantId, id);
    return this.#change(principal, tenantId, id, {
      kind: 'acknowledge',
      by: principal.requester,
      note: await noteOf(principal, `${stream} acknowledge`, body),
      ...(episode === undefined ? {} : { episode }),
    });
  }

  @Post(':id/silence')
  @ApiOperation({
    summary: 'Silence an alert until a time, or lift the silence',
    description: 'Channels receive no notification of a silenced alert, unless it is critical.',
  })
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async silence(
    @Param('id') id: string,
    @Body() body: SilenceDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedAlertDto> {
    const stream = streamName('alert', tenantId, id);
    return this.#change(principal, tenantId, id, {
      kind: 'silence',
      by: principal.requester,
      note: await noteOf(principal, `${stream} silence`, body),
      until: body.until === null ? null : new Date(body.until).toISOString(),
      now: nowText(),
    });
  }

  @Post(':id/note')
  @ApiOperation({ summary: 'Add a note to an alert' })
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async note(
    @Param('id') id: string,
    @Body() { note }: WrittenNoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedAlertDto> {
    const stream = streamName('alert', tenantId, id);
    return this.#change(principal, tenantId, id, {
      kind: 'note',
      by: principal.requester,
      note: await sealed(principal, note, `${stream} note`),
    });
  }

  @Post(':id/resolve')
  @ApiOperation({
    summary: 'Resolve an alert by hand',
    description:
      'Only `log_tampered`, `forged_event` and `open_work_missed` are resolved by a person; every other alert resolves by itself.',
  })
  @AnswersProblems('person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async resolve(
    @Param('id') id: string,
    @Body() { note }: WrittenNoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedAlertDto> {
    requirePerson(principal);
    const stream = streamName('alert', tenantId, id);
    return this.#change(principal, tenantId, id, {
      kind: 'close',
      by: principal.requester,
      note: await sealed(principal, note, `${stream} resolve`),
    });
  }

  async #change(
    principal: Principal,
    tenantId: string,
    id: string,
    command: AlertCommand,
  ): Promise<ChangedAlertDto> {
    const { state, position } = await this.alerts.handle(
      streamName('alert', tenantId, id),
      command,
      commandContext(principal),
    );
    return {
      id,
      status: state.status,
      episode: state.episode,
      position: positionOrNull(position),
    };
  }
}
