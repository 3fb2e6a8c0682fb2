import {
  collect,
  type CommandContext,
  type Position,
  positionOrNull,
  positionText,
  ProblemError,
  refuseViolations,
  writtenAt,
} from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  IfMatch,
  isChangeRequested,
  MayLoosen,
  MinPosition,
  nowText,
  RequireScope,
  SERVICE_CONTEXT,
  Tenant,
  TenantScoped,
  type ChangeRequestedDto,
  type Principal,
  type ServiceContext,
} from '@interlock/platform';
import {
  checkPostureConfig,
  defaultOrange,
  levelStream,
  postureConfigStream,
  signalNames,
  signalOf,
  type PostureChanged,
  type PostureConfig,
  type SignalSources,
} from '@interlock/posture';
import { Body, Controller, Get, Inject, Param, Put, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { defaultLimit } from '@interlock/postgres';
import { Levels } from './levels.js';
import type {
  LevelChangePageDto,
  PostureAssessmentDto,
  PostureConfigDto,
  TakenReportDto,
  WrittenPostureConfigDto,
} from './posture-answers.dto.js';
import { HistoryQuery, PutConfigDto, ReportDto } from './posture.dto.js';
import { PostureIndex } from './posture-index.js';
import { PostureSettings } from './settings.js';
import { SignalRights } from './signal-rights.js';
import { Signals } from './signals.js';

/** The members with a value; a DTO object has undefined members too. */
const given = <T extends object>(part: T | undefined): Partial<T> =>
  Object.fromEntries(Object.entries(part ?? {}).filter(([, value]) => value !== undefined)) as Partial<T>;

/** The thresholds of ORANGE after the change; null disables it. */
const orangeOf = ({ orange: before }: PostureConfig, { orange }: PutConfigDto): PostureConfig['orange'] => {
  if (orange === undefined) return before;
  return orange === null ? null : { ...defaultOrange, ...before, ...given(orange) };
};

/** The sources after the change; null removes the tenant's choice. */
const sourcesOf = (
  { sources: before }: PostureConfig,
  { sources }: PutConfigDto,
): Pick<PostureConfig, 'sources'> => {
  const all = { ...before, ...given(sources) };
  const chosen = Object.fromEntries(Object.entries(all).filter(([, source]) => source !== null));
  return Object.keys(chosen).length === 0 ? {} : { sources: chosen as SignalSources };
};

/** The gate's table after the change; null removes the tenant's own table. */
const gateOf = ({ gate: before }: PostureConfig, { gate }: PutConfigDto): Pick<PostureConfig, 'gate'> => {
  const table = gate === undefined ? before : gate;
  return table === undefined || table === null ? {} : { gate: { ...table } };
};

/** The posture of a tenant, its signals and its thresholds. */
@ApiTags('posture')
@Controller('api/v1/posture')
export class PostureController {
  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    private readonly settings: PostureSettings,
    private readonly index: PostureIndex,
    private readonly levels: Levels,
    private readonly signals: Signals,
    private readonly rights: SignalRights,
  ) {}

  @Get()
  @ApiOperation({
    summary: 'Get the posture of a tenant',
    description: 'The answer also holds the level on which the gates act, and the reasons.',
  })
  @RequireScope('POSTURE_READ')
  async posture(
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<PostureAssessmentDto> {
    await this.index.atLeast(position);
    return this.index.assess(tenant, nowText());
  }

  @Get('history')
  @ApiOperation({ summary: 'List the changes of the posture, newest first' })
  @RequireScope('POSTURE_READ')
  async history(@Query() query: HistoryQuery, @Tenant() tenant: string): Promise<LevelChangePageDto> {
    const limit = query.limit ?? defaultLimit;
    const from = query.cursor === undefined ? {} : { from: BigInt(query.cursor) };
    const events = await collect(
      this.context.store.read(levelStream(tenant), { backwards: true, limit, ...from }),
    );
    const last = events.at(-1);
    return {
      items: events.map((event) => ({
        at: event.metadata.occurred_at,
        revision: `${event.revision}`,
        position: positionText(event.position),
        ...(event.data as PostureChanged['data']),
      })),
      next:
        last === undefined || events.length < limit || last.revision === 0n ? null : `${last.revision - 1n}`,
    };
  }

  @Get('config')
  @ApiOperation({ summary: 'Get the configuration of the posture' })
  @RequireScope('POSTURE_READ')
  async config(
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<PostureConfigDto> {
    await this.index.atLeast(position);
    const { config, updated_at } = this.index.configOf(tenant);
    return { tenant_id: tenant, ...config, updated_at };
  }

  @Put('config')
  @ApiOperation({
    summary: 'Change the configuration of the posture',
    description: 'Members that the body omits keep their value.',
  })
  @MayLoosen()
  @RequireScope('POSTURE_WRITE')
  async putConfig(
    @Body() body: PutConfigDto,
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
    @IfMatch() revision: bigint | null,
  ): Promise<WrittenPostureConfigDto | ChangeRequestedDto> {
    const stream = postureConfigStream(tenant);
    const {
      state: { config: before },
    } = await this.settings.config.handler.load(stream);
    const config: PostureConfig = {
      thresholds: { ...before.thresholds, ...given(body.thresholds) },
      orange: orangeOf(before, body),
      on_missing: body.on_missing ?? before.on_missing,
      dwell_s: body.dwell_s ?? before.dwell_s,
      max_age_s: { ...before.max_age_s, ...given(body.max_age_s) },
      ...sourcesOf(before, body),
      ...gateOf(before, body),
    };
    refuseViolations(checkPostureConfig(config), 'the configuration');
    const result = await this.settings.changes.write(this.settings.config, {
      stream,
      command: { kind: 'ConfigurePosture', config },
      principal,
      context: this.#context(principal, revision),
    });
    if (isChangeRequested(result)) return result;
    await this.#record(tenant);
    return {
      tenant_id: tenant,
      ...result.state.config,
      updated_at: result.state.updated_at,
      ...writtenAt(result),
    };
  }

  @Put('signals/:name')
  @ApiOperation({
    summary: 'Report the value of a signal',
    description:
      'The credential must be allowed to report the signal. The posture is assessed again before the answer.',
  })
  @AnswersProblems('signal-not-allowed', 'signal-superseded')
  @RequireScope('POSTURE_WRITE')
  async report(
    @Param('name') named: string,
    @Body() body: ReportDto,
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<TakenReportDto> {
    const name = signalOf(named);
    if (name === undefined)
      throw new ProblemError('not-found', `there is no signal \`${named.slice(0, 64)}\``, {
        remedy: `signals are ${signalNames.join(', ')}`,
      });
    const credential = principal.requester;
    await this.rights.check(tenant, credential, name);
    const { violations, result } = await this.signals.report(
      { name, value: body.value, at: body.at, source: body.source ?? credential, credential },
      this.#context(principal, null),
    );
    refuseViolations(violations, `signal \`${name}\``);
    const posture = await this.#record(tenant);
    const { credential: _credential, ...report } = result.state.report ?? {};
    return {
      tenant_id: tenant,
      name,
      ...report,
      accepted: result.events.length > 0,
      policy: posture.policy,
      effective: posture.effective,
      position: positionOrNull(result.position),
    };
  }

  async #record(tenant: string): ReturnType<Levels['record']> {
    await this.index.atLeast(null);
    return this.levels.record(tenant);
  }

  #context(principal: Principal, revision: bigint | null): CommandContext {
    return commandContext(principal, nowText(), revision === null ? {} : { expectedRevision: revision });
  }
}
