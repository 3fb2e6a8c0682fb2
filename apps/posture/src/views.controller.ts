import { actorKey, systemTenant, type PostureSignalName } from '@interlock/contracts';
import {
  collect,
  positionText,
  ProblemError,
  type EventStore,
  type Position,
  type Recorded,
  type RecordedEvent,
} from '@interlock/kernel';
import {
  commandContext,
  CurrentPrincipal,
  EVENT_STORE,
  MinPosition,
  nowText,
  RequireScope,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import {
  lastOf,
  levelStream,
  postureConfigStream,
  reportsSince,
  runsStream,
  signalNames,
  signalOrigins,
  signalStream,
  trendOf,
  type LevelChange,
  type PostureChanged,
  type PostureConfig,
  type PostureRunEvent,
  type SignalEvent,
  type SignalReport,
} from '@interlock/posture';
import { Body, Controller, Get, HttpCode, Inject, Post, Query } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiTags } from '@nestjs/swagger';
import { defaultLimit } from '@interlock/postgres';
import { HistoryQuery, TrendQuery } from './posture.dto.js';
import { PostureIndex } from './posture-index.js';
import { Runs } from './runs/runs.js';
import type {
  EvaluatedDto,
  PostureConfigVersionPageDto,
  PostureRunPageDto,
  PostureTrendDto,
  SignalListDto,
} from './views-answers.dto.js';

/** The most changes of a level in a trend; the newest are kept. */
const mostChanges = 5000;

/** Throws `validation-failed` if a body other than `{}` was sent to a route without one. */
const requireNoBody = (body: unknown): void => {
  if (body === undefined || body === null) return;
  if (typeof body === 'object' && !Array.isArray(body) && Object.keys(body).length === 0) return;
  throw new ProblemError('validation-failed', 'this route takes no body', {
    violations: [{ pointer: '', detail: 'must be left out, or be `{}`' }],
  });
};

/**
 * The history of a tenant's posture: its signals, its runs, the versions of its configuration, and
 * its trend.
 */
@ApiTags('posture')
@Controller('api/v1/posture')
export class ViewsController {
  constructor(
    @Inject(EVENT_STORE) private readonly store: EventStore,
    private readonly index: PostureIndex,
    private readonly runs: Runs,
  ) {}

  @Get('signals')
  @ApiOperation({ summary: 'List the signals with the latest report of each source' })
  @RequireScope('POSTURE_READ')
  async signals(
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<SignalListDto> {
    await this.index.atLeast(position);
    const { signals } = this.index.assess(tenant, nowText());
    const owners = [...new Set([tenant, systemTenant])];
    return {
      tenant_id: tenant,
      items: signalNames.map((name) => ({
        name,
        ...signals[name],
        reports: owners.flatMap((owner) =>
          signalOrigins.flatMap((origin) => {
            const state = this.index.signalsOf(owner)[name];
            const report = state === undefined ? null : lastOf(state, origin);
            if (report === null) return [];
            const { value, at, source } = report;
            return [{ origin, tenant_id: owner, value, at, source }];
          }),
        ),
      })),
    };
  }

  @Get('trend')
  @ApiOperation({
    summary: 'Get the trend of the posture and its signals',
    description:
      'The trend holds the transitions, the time in each level, the flapping and a projection of each signal.',
  })
  @RequireScope('POSTURE_READ')
  async trend(@Query() query: TrendQuery, @Tenant() tenant: string): Promise<PostureTrendDto> {
    await this.index.atLeast(null);
    const to = nowText();
    const from = new Date(Date.parse(to) - (query.hours ?? 24) * 3_600_000).toISOString();
    const changes: LevelChange[] = [];
    let before: LevelChange['effective'] | null = null;
    for await (const { data, metadata } of this.store.read(levelStream(tenant), {
      backwards: true,
      limit: mostChanges,
    })) {
      const { effective } = data as PostureChanged['data'];
      if (Date.parse(metadata.occurred_at) < Date.parse(from)) {
        before = effective;
        break;
      }
      changes.unshift({ at: metadata.occurred_at, effective });
    }
    const reports: { [name in PostureSignalName]?: readonly SignalReport[] } = {};
    const { config } = this.index.configOf(tenant);
    for (const name of signalNames) reports[name] = await this.#reports(tenant, name, from, config);
    return { tenant_id: tenant, ...trendOf({ from, to, before, changes, reports, config }) };
  }

  @Get('config/history')
  @ApiOperation({ summary: 'List the versions of the posture configuration, newest first' })
  @RequireScope('POSTURE_READ')
  async versions(
    @Query() query: HistoryQuery,
    @Tenant() tenant: string,
  ): Promise<PostureConfigVersionPageDto> {
    const { events, next } = await this.#page(postureConfigStream(tenant), query);
    return {
      items: events.map((event) => ({
        tenant_id: tenant,
        ...(event.data as PostureConfig),
        updated_at: event.metadata.occurred_at,
        revision: `${event.revision}`,
        position: positionText(event.position),
        by: actorKey(event.metadata.actor),
      })),
      next,
    };
  }

  @Get('runs')
  @ApiOperation({ summary: 'List the requested evaluations of the posture, newest first' })
  @RequireScope('POSTURE_READ')
  async history(@Query() query: HistoryQuery, @Tenant() tenant: string): Promise<PostureRunPageDto> {
    const { events, next } = await this.#page(runsStream(tenant), query);
    return {
      items: events.map((event) => {
        const { type, data } = event as unknown as Recorded<PostureRunEvent>;
        return { at: event.metadata.occurred_at, revision: `${event.revision}`, type, ...data };
      }),
      next,
    };
  }

  @Post('evaluate')
  @ApiOperation({
    summary: 'Evaluate and record the posture now',
    description:
      'Also writes the report files if a directory or repository is configured, as the daily schedule does.',
  })
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  @ApiBody({ required: false, schema: { type: 'object', maxProperties: 0 } })
  async evaluate(
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @Body() body: unknown,
  ): Promise<EvaluatedDto> {
    requireNoBody(body);
    return this.runs.command(tenant, commandContext(principal, nowText(), {}));
  }

  /**
   * Returns the valid reports of a period that count: the tenant's own, or `_system`'s if it has
   * none. The stream keeps a limited number of reports.
   */
  async #reports(
    tenant: string,
    name: PostureSignalName,
    from: string,
    { sources }: PostureConfig,
  ): Promise<readonly SignalReport[]> {
    for (const owner of new Set([tenant, systemTenant])) {
      const events = await collect(this.store.read(signalStream(owner, name)));
      const all = events.flatMap((event) => {
        const { type, data } = event as unknown as Recorded<SignalEvent>;
        return type === 'SignalReported' ? [data] : [];
      });
      const reports = reportsSince(from, sources?.[name], all);
      if (reports.length > 0) return reports;
    }
    return [];
  }

  async #page(
    stream: string,
    query: HistoryQuery,
  ): Promise<{ readonly events: readonly RecordedEvent[]; readonly next: string | null }> {
    const limit = query.limit ?? defaultLimit;
    const from = query.cursor === undefined ? {} : { from: BigInt(query.cursor) };
    const events = await collect(this.store.read(stream, { backwards: true, limit, ...from }));
    const last = events.at(-1);
    return {
      events,
      next:
        last === undefined || events.length < limit || last.revision === 0n ? null : `${last.revision - 1n}`,
    };
  }
}
