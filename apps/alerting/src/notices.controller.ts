import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { ChangedNoticeDto, NoticeDto, NoticePageDto } from './notices-answers.dto.js';
import { streamName } from '@interlock/contracts';
import { positionText, type Position } from '@interlock/kernel';
import {
  answerIn,
  commandContext,
  CurrentPrincipal,
  LiveEvents,
  MinPosition,
  nowText,
  RequireScope,
  sealed,
  sse,
  Tenant,
  type Principal,
} from '@interlock/platform';
import type { FastifyReply } from 'fastify';
import { AlertHandler, IncidentHandler } from './handlers.js';
import { ListNoticesQuery, NoteDto } from './notices.dto.js';
import { NoticesQueries } from './notices.queries.js';

/** A note as the log may hold it. */
const noteOf = async (principal: Principal, context: string, { note }: NoteDto): Promise<string | null> =>
  note === undefined || note === null ? null : sealed(principal, note, context);

@ApiTags('alerts')
@Controller('api/v1/alerts')
export class AlertsController {
  constructor(
    @Inject(NoticesQueries) private readonly queries: NoticesQueries,
    @Inject(AlertHandler) private readonly alerts: AlertHandler,
  ) {}

  @Get()
  @RequireScope('ALERT_READ')
  @ApiOkResponse({ type: NoticePageDto })
  async list(
    @Query() query: ListNoticesQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<NoticePageDto> {
    await this.queries.atLeast(position);
    return { ...(await this.queries.list('alerts', tenantId, query)), server_time: nowText() };
  }

  @Get(':id')
  @RequireScope('ALERT_READ')
  @ApiOkResponse({ type: NoticeDto })
  async one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<NoticeDto> {
    await this.queries.atLeast(position);
    return this.queries.one('alerts', tenantId, id);
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  @ApiOkResponse({ type: ChangedNoticeDto })
  async acknowledge(
    @Param('id') id: string,
    @Body() body: NoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedNoticeDto> {
    const stream = streamName('alert', tenantId, id);
    const result = await this.alerts.handle(
      stream,
      {
        kind: 'acknowledge',
        by: principal.requester,
        note: await noteOf(principal, `${stream} acknowledge`, body),
      },
      commandContext(principal),
    );
    return {
      id,
      status: result.state.status,
      position: result.position === null ? null : positionText(result.position),
    };
  }
}

@ApiTags('incidents')
@Controller('api/v1/incidents')
export class IncidentsController {
  constructor(
    @Inject(NoticesQueries) private readonly queries: NoticesQueries,
    @Inject(IncidentHandler) private readonly incidents: IncidentHandler,
    @Inject(LiveEvents) private readonly live: LiveEvents,
  ) {}

  @Get()
  @RequireScope('ALERT_READ')
  @ApiOkResponse({ type: NoticePageDto })
  async list(
    @Query() query: ListNoticesQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<NoticePageDto> {
    await this.queries.atLeast(position);
    return { ...(await this.queries.list('incidents', tenantId, query)), server_time: nowText() };
  }

  @Get('stream')
  @RequireScope('ALERT_READ')
  @ApiOkResponse(answerIn('text/event-stream', 'Events as they come'))
  stream(@Tenant() tenantId: string, @Res() reply: FastifyReply): Promise<void> {
    return sse(reply, this.live.watch(tenantId));
  }

  @Get(':id')
  @RequireScope('ALERT_READ')
  @ApiOkResponse({ type: NoticeDto })
  async one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<NoticeDto> {
    await this.queries.atLeast(position);
    return this.queries.one('incidents', tenantId, id);
  }

  @Post(':id/acknowledge')
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  @ApiOkResponse({ type: ChangedNoticeDto })
  acknowledge(
    @Param('id') id: string,
    @Body() body: NoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedNoticeDto> {
    return this.#change('acknowledge', tenantId, id, body, principal);
  }

  @Post(':id/resolve')
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  @ApiOkResponse({ type: ChangedNoticeDto })
  resolve(
    @Param('id') id: string,
    @Body() body: NoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedNoticeDto> {
    return this.#change('resolve', tenantId, id, body, principal);
  }

  async #change(
    kind: 'acknowledge' | 'resolve',
    tenantId: string,
    id: string,
    body: NoteDto,
    principal: Principal,
  ): Promise<ChangedNoticeDto> {
    const stream = streamName('incident', tenantId, id);
    const result = await this.incidents.handle(
      stream,
      { kind, by: principal.requester, note: await noteOf(principal, `${stream} ${kind}`, body) },
      commandContext(principal),
    );
    return {
      id,
      status: result.state.status,
      position: result.position === null ? null : positionText(result.position),
    };
  }
}
