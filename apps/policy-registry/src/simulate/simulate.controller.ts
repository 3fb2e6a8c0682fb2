import { Body, Controller, Delete, Get, HttpCode, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type {
  ComparisonDto,
  FixturesDto,
  SimulationDto,
  SimulationRunDto,
  SimulationRunResultDto,
} from './simulate-answers.dto.js';
import type { Position } from '@interlock/kernel';
import {
  answerIn,
  AnswersProblems,
  callerKey,
  CurrentPrincipal,
  MinPosition,
  RequireScope,
  sse,
  type Principal,
  Tenant,
  Answers,
} from '@interlock/platform';
import {
  checkComparison,
  checkSimulation,
  comparisonSchema,
  simulationFixtures,
  simulationSchema,
  type SimulationRequest,
} from '@interlock/policy';
import type { FastifyReply } from 'fastify';
import type { RecordedDecisionsDto } from './decisions-answers.dto.js';
import { DecisionsService } from './decisions.service.js';
import { RecordedDecisionsQuery, RunPageQuery } from './simulate.dto.js';
import { SimulateService, casesOn, type Prepared } from './simulate.service.js';
import { SimulationRuns, type RunOwner } from './runs.js';
import { visibleTeams } from '../teams/visibility.js';

type Reply = {
  readonly status: (code: number) => unknown;
  readonly header: (name: string, value: string) => unknown;
};

const runsPath = '/api/v1/policy/simulate/runs';

const ownerOf = (tenantId: string, principal: Principal): RunOwner => ({
  tenantId,
  teams: visibleTeams(principal),
  by: callerKey(principal),
});

/** Simulates bundles. It writes nothing and creates no action. */
@ApiTags('simulation')
@Controller('api/v1/policy/simulate')
export class SimulateController {
  constructor(
    private readonly simulations: SimulateService,
    private readonly runs: SimulationRuns,
    private readonly recorded: DecisionsService,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Simulate a bundle over a dataset',
    description:
      'The bundle may be an unsaved draft. With `async` the run continues in the background, and the header `Location` names it.',
  })
  @AnswersProblems('bundle-invalid', 'not-found', 'deadline-exceeded', 'read-model-behind')
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @Answers<SimulationDto>(200)
  @Answers<SimulationRunDto>(202)
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

  @Post('compare')
  @ApiOperation({
    summary: 'Compare two bundles over the same dataset',
    description:
      'The answer shows what the second bundle changes. With `async` the run continues in the background, and the header `Location` names it.',
  })
  @AnswersProblems('bundle-invalid', 'not-found', 'deadline-exceeded', 'read-model-behind')
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @Answers<ComparisonDto>(200)
  @Answers<SimulationRunDto>(202)
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

  @Get('fixtures')
  @ApiOperation({ summary: 'List the curated cases for simulations' })
  @RequireScope('POLICY_READ')
  fixtures(): FixturesDto {
    const groups = Object.fromEntries(
      Object.entries(Object.groupBy(simulationFixtures, ({ group }) => group ?? '')).map(([group, cases]) => [
        group,
        cases?.length ?? 0,
      ]),
    );
    return { count: simulationFixtures.length, groups, items: simulationFixtures, next: null };
  }

  @Get('decisions')
  @ApiOperation({
    summary: 'Get the recorded decisions for a simulation in the client',
    description:
      'The answer is by columns, with at most 100,000 decisions and 20 MB. A token that is bound to teams reads the decisions of these teams only.',
  })
  @RequireScope('POLICY_READ')
  @Answers<RecordedDecisionsDto>()
  async decisions(
    @Query() query: RecordedDecisionsQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
    @Res({ passthrough: true }) reply: Reply,
  ): Promise<string> {
    const columns = await this.recorded.columns({ ...ownerOf(tenantId, principal), position }, query);
    reply.header('content-type', 'application/json; charset=utf-8');
    // INVARIANT: returned as text, so that sealed texts are not opened in bulk.
    return JSON.stringify(columns);
  }

  @Get('runs/:id')
  @ApiOperation({ summary: 'Get a simulation run with its result' })
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
    return result === null
      ? view
      : {
          ...view,
          result: { ...result.summary, cases: casesOn(result.cases, query) } as SimulationDto | ComparisonDto,
        };
  }

  @Get('runs/:id/events')
  @ApiOperation({
    summary: 'Stream the progress of a simulation run',
    description: 'Server-sent events: `progress`, then one of `done`, `failed` and `cancelled`.',
  })
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
  @ApiOperation({ summary: 'Cancel a simulation run' })
  @RequireScope('POLICY_READ')
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
