import { Body, Controller, Delete, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiAcceptedResponse, ApiBody, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import {
  ComparisonDto,
  FixturesDto,
  SimulationDto,
  SimulationRunDto,
  SimulationRunResultDto,
} from './simulate-answers.dto.js';
import { refuseViolations, type Position } from '@interlock/kernel';
import {
  answerIn,
  callerKey,
  CurrentPrincipal,
  MinPosition,
  RequireScope,
  sse,
  type Principal,
  Tenant,
} from '@interlock/platform';
import {
  casePage,
  checkComparison,
  checkSimulation,
  comparisonSchema,
  simulationFixtures,
  simulationSchema,
  type SimulationRequest,
} from '@interlock/policy';
import type { FastifyReply } from 'fastify';
import { RecordedDecisionsDto } from './decisions-answers.dto.js';
import { DecisionsService } from './decisions.service.js';
import { RecordedDecisionsQuery, RunPageQuery } from './simulate.dto.js';
import { pageOf, SimulateService, type Prepared } from './simulate.service.js';
import { SimulationRuns, type RunOwner } from './runs.js';
import { visibleTeams } from '../teams/visibility.js';

type Reply = {
  readonly status: (code: number) => unknown;
  readonly header: (name: string, value: string) => unknown;
};

const runsPath = '/api/v1/policy/simulate/runs';

const limitOf = (text: string | undefined): number => {
  const limit = text === undefined || text === '' ? casePage.usual : Number(text);
  if (!Number.isInteger(limit) || limit < 1 || limit > casePage.most)
    refuseViolations(
      [{ pointer: '/query/limit', detail: `must be a whole number from 1 to ${casePage.most}` }],
      'the query',
    );
  return limit;
};

const ownerOf = (tenantId: string, principal: Principal): RunOwner => ({
  tenantId,
  teams: visibleTeams(principal),
  by: callerKey(principal),
});

/** What a bundle would do, tried out: nothing is written, and no action is made. */
@ApiTags('simulation')
@Controller('api/v1/policy/simulate')
export class SimulateController {
  constructor(
    @Inject(SimulateService) private readonly simulations: SimulateService,
    @Inject(SimulationRuns) private readonly runs: SimulationRuns,
    @Inject(DecisionsService) private readonly recorded: DecisionsService,
  ) {}

  /** One bundle, drafts that were never saved among them, over a dataset; with `async` in the background. */
  @Post()
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ type: SimulationDto })
  @ApiAcceptedResponse({ type: SimulationRunDto })
  @ApiBody({ schema: simulationSchema as object })
  async simulate(
    @Body() body: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<SimulationDto | SimulationRunDto> {
    const owner = ownerOf(tenantId, principal);
    const asked = checkSimulation(body);
    return this.#answer(
      owner,
      asked,
      await this.simulations.simulation({ ...owner, position }, asked),
      reply,
    );
  }

  /** Two bundles over the same cases: what the second changes. */
  @Post('compare')
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ type: ComparisonDto })
  @ApiAcceptedResponse({ type: SimulationRunDto })
  @ApiBody({ schema: comparisonSchema as object })
  async compare(
    @Body() body: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<ComparisonDto | SimulationRunDto> {
    const owner = ownerOf(tenantId, principal);
    const asked = checkComparison(body);
    return this.#answer(
      owner,
      asked,
      await this.simulations.comparison({ ...owner, position }, asked),
      reply,
    );
  }

  /** The nine curated cases. */
  @Get('fixtures')
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ type: FixturesDto })
  fixtures(): FixturesDto {
    const groups = Object.fromEntries(
      Object.entries(Object.groupBy(simulationFixtures, ({ group }) => group ?? '')).map(([group, cases]) => [
        group,
        cases?.length ?? 0,
      ]),
    );
    return { count: simulationFixtures.length, groups, items: simulationFixtures, next: null };
  }

  /** Recorded decisions by columns, so that rules which are being written can decide them again where they are written: at most 100,000 and 20 MB, of the teams that the token is bound to. */
  @Get('decisions')
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ type: RecordedDecisionsDto })
  async decisions(
    @Query() query: RecordedDecisionsQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const columns = await this.recorded.columns({ ...ownerOf(tenantId, principal), position }, query);
    reply.header('content-type', 'application/json; charset=utf-8');
    // INVARIANT: as text it passes where texts are opened, so that nothing sealed leaves opened in bulk.
    return JSON.stringify(columns);
  }

  @Get('runs/:id')
  @ApiOkResponse({ type: SimulationRunResultDto })
  @RequireScope('POLICY_READ')
  run(
    @Param('id') id: string,
    @Query() query: RunPageQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): SimulationRunResultDto {
    const owner = ownerOf(tenantId, principal);
    const view = this.runs.view(owner, id);
    const result = this.runs.result(owner, id);
    const page = { limit: limitOf(query.limit), cursor: query.cursor ?? null };
    return result === null
      ? view
      : {
          ...view,
          result: { ...result.summary, cases: pageOf(result.cases, page) } as SimulationDto | ComparisonDto,
        };
  }

  /** Server-sent events: `progress` as it goes, then one of `done`, `failed`, `cancelled`. */
  @Get('runs/:id/events')
  @RequireScope('POLICY_READ')
  @ApiOkResponse(answerIn('text/event-stream', 'Events as they come'))
  events(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @Res() reply: FastifyReply,
  ): Promise<void> {
    return sse(reply, this.runs.watch(ownerOf(tenantId, principal), id));
  }

  @Delete('runs/:id')
  @RequireScope('POLICY_READ')
  @ApiOkResponse({ type: SimulationRunDto })
  cancel(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): SimulationRunDto {
    return this.runs.cancel(ownerOf(tenantId, principal), id);
  }

  async #answer<T extends SimulationDto | ComparisonDto>(
    owner: RunOwner,
    asked: Pick<SimulationRequest, 'async' | 'page'>,
    prepared: Prepared,
    reply: Reply,
  ): Promise<T | SimulationRunDto> {
    if (!asked.async) return (await this.simulations.answer(prepared, asked.page)) as T;
    const view = this.runs.start(owner, prepared);
    reply.status(202);
    reply.header('location', `${runsPath}/${view.run_id}`);
    return view;
  }
}
