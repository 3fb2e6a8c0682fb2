import { Body, Controller, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { streamName } from '@interlock/contracts';
import { type Position, positionOrNull } from '@interlock/kernel';
import { postMortem, type IncidentCommand, type StoryEvidence } from '@interlock/alerting';
import {
  answerIn,
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  LastEventId,
  LiveEvents,
  MinPosition,
  nowText,
  openTexts,
  RequireScope,
  sealed,
  sse,
  Tenant,
  type Principal,
} from '@interlock/platform';
import type { FastifyReply } from 'fastify';
import { IncidentHandler } from '../handlers.js';
import { noteOf } from './notes.js';
import type { ChangedNoticeDto, IncidentDto, IncidentPageDto, TimelineDto } from './notices-answers.dto.js';
import { ListNoticesQuery, NoteDto, WrittenNoteDto } from './notices.dto.js';
import { NoticesQueries } from './notices.queries.js';

@ApiTags('incidents')
@Controller('api/v1/incidents')
export class IncidentsController {
  constructor(
    private readonly queries: NoticesQueries,
    private readonly incidents: IncidentHandler,
    private readonly live: LiveEvents,
  ) {}

  @Get()
  @ApiOperation({ summary: 'List the incidents of a tenant' })
  @RequireScope('ALERT_READ')
  async list(
    @Query() query: ListNoticesQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<IncidentPageDto> {
    await this.queries.atLeast(position);
    return { ...(await this.queries.incidents(tenantId, query)), server_time: nowText() };
  }

  @Get('stream')
  @ApiOperation({
    summary: 'Stream the events of incidents',
    description:
      'Server-sent events, from the time of the request on or strictly after `Last-Event-ID`. The first is `opened`, whose id is the place in the log.',
  })
  @RequireScope('ALERT_READ')
  @ApiOkResponse(answerIn('text/event-stream', 'Events as they come'))
  async stream(
    @Tenant() tenantId: string,
    @LastEventId() after: Position | null,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return sse(reply, await this.live.watch(tenantId, after));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an incident' })
  @RequireScope('ALERT_READ')
  async one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<IncidentDto> {
    await this.queries.atLeast(position);
    return this.queries.incident(tenantId, id);
  }

  @Get(':id/timeline')
  @ApiOperation({ summary: 'List the events of an incident and of its linked alerts' })
  @RequireScope('ALERT_READ')
  async timeline(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<TimelineDto> {
    await this.queries.atLeast(position);
    const incident = await this.queries.incident(tenantId, id);
    return { items: await this.#story(tenantId, incident) };
  }

  @Get(':id/post-mortem')
  @ApiOperation({
    summary: 'Write a draft of the post-mortem of an incident',
    description:
      'The Markdown draft holds the facts of the log with their positions; people complete it. `interlock incidents export` adds the proofs.',
  })
  @RequireScope('ALERT_READ')
  @ApiOkResponse(answerIn('text/markdown', 'The post-mortem'))
  async postMortem(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    await this.queries.atLeast(position);
    const incident = await this.queries.incident(tenantId, id);
    const { people, tenants } = principal;
    const opened = await openTexts(people, tenants, {
      incident,
      timeline: await this.#story(tenantId, incident),
    });
    await reply
      .header('content-type', 'text/markdown; charset=utf-8')
      .header('cache-control', 'no-store')
      .send(postMortem(opened.incident, opened.timeline, await this.#evidence(tenantId, incident)));
  }

  @Post(':id/acknowledge')
  @ApiOperation({ summary: 'Acknowledge an incident' })
  @AnswersProblems('wrong-state')
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async acknowledge(
    @Param('id') id: string,
    @Body() body: NoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedNoticeDto> {
    return this.#say('acknowledge', tenantId, id, body, principal);
  }

  @Post(':id/note')
  @ApiOperation({ summary: 'Add a note to an incident' })
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async note(
    @Param('id') id: string,
    @Body() { note }: WrittenNoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedNoticeDto> {
    const context = `${streamName('incident', tenantId, id)} note`;
    return this.#change(principal, tenantId, id, {
      kind: 'note',
      by: principal.requester,
      note: await sealed(principal, note, context),
    });
  }

  @Post(':id/resolve')
  @ApiOperation({ summary: 'Resolve an incident' })
  @AnswersProblems('wrong-state')
  @HttpCode(200)
  @RequireScope('ALERT_WRITE')
  async resolve(
    @Param('id') id: string,
    @Body() body: NoteDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ChangedNoticeDto> {
    return this.#say('resolve', tenantId, id, body, principal);
  }

  /** Returns the evidence for the conditions of the alerts that the incident is linked to. */
  async #evidence(tenantId: string, { links }: IncidentDto): Promise<readonly StoryEvidence[]> {
    const alerts = await Promise.all(
      links.filter(({ kind }) => kind === 'alert').map(({ id }) => this.queries.alert(tenantId, id)),
    );
    return alerts.flatMap(({ name, evidence }) => (evidence === null ? [] : [{ alert: name, ...evidence }]));
  }

  #story(tenantId: string, { id, links }: IncidentDto): Promise<TimelineDto['items']> {
    const alerts = links.filter(({ kind }) => kind === 'alert').map((link) => link.id);
    return this.queries.timeline(tenantId, [id, ...alerts]);
  }

  async #say(
    kind: 'acknowledge' | 'resolve',
    tenantId: string,
    id: string,
    body: NoteDto,
    principal: Principal,
  ): Promise<ChangedNoticeDto> {
    const context = `${streamName('incident', tenantId, id)} ${kind}`;
    const note = await noteOf(principal, context, body);
    return this.#change(principal, tenantId, id, { kind, by: principal.requester, note });
  }

  async #change(
    principal: Principal,
    tenantId: string,
    id: string,
    command: IncidentCommand,
  ): Promise<ChangedNoticeDto> {
    const { state, position } = await this.incidents.handle(
      streamName('incident', tenantId, id),
      command,
      commandContext(principal),
    );
    return {
      id,
      status: state.status,
      position: positionOrNull(position),
    };
  }
}
