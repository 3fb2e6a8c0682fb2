import { systemTenant } from '@interlock/contracts';
import { type Position, positionOrNull, ProblemError, refuseViolations } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  MinPosition,
  newId,
  nowText,
  RequireScope,
  requirePerson,
  sealed,
  Tenant,
  TenantScoped,
  type Principal,
} from '@interlock/platform';
import { responseStream, resultsOf, undoableOf, undoInstruction, type Response } from '@interlock/posture';
import { Body, Controller, Get, HttpCode, Param, Post, Query } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { defaultLimit } from '@interlock/postgres';
import { ResponseHandler } from '../handlers.js';
import { PostureIndex } from '../posture-index.js';
import { ReasonedDto } from '../trust/guards.dto.js';
import { hashOf, mirrorText, restoreMirror } from './anchor-mirror.js';
import { ResponseOutputs } from './outputs.js';
import { ResponseIndex } from './response-index.js';
import { ResponseRunner } from './response-runner.js';
import {
  ListResponsesQuery,
  type ResponseDto,
  type ResponsePageDto,
  RunResponsesDto,
  type UndoneResponseDto,
} from './responses.dto.js';

/** Converts a run to its DTO. `stateOf` returns the status of an action that has not ended. */
const shownAs = (
  tenantId: string,
  response: Response,
  stateOf: (actionId: string) => string,
): ResponseDto => {
  const { response_id, status, policy, mode, trigger, gates, actions, detail, began_at, ended_at, undone } =
    response;
  const results = response.results.length > 0 ? response.results : resultsOf(response);
  return {
    response_id,
    tenant_id: tenantId,
    status,
    policy,
    mode,
    trigger,
    safety_gates_passed: status !== 'blocked',
    gates,
    actions_planned: actions.length,
    actions,
    results: results.map(({ detail: stdout, ...result }) => ({
      ...result,
      state:
        result.action_id !== null && result.state === 'PENDING' ? stateOf(result.action_id) : result.state,
      stdout,
      undo_instruction: result.reversible ? undoInstruction(response_id) : null,
    })),
    detail,
    began_at,
    ended_at,
    undone,
  };
};

/** The response runner: starts runs, lists them with their results, and undoes one. */
@ApiTags('responses')
@Controller('api/v1/responses')
export class ResponsesController {
  constructor(
    private readonly runner: ResponseRunner,
    private readonly index: ResponseIndex,
    private readonly handler: ResponseHandler,
    private readonly outputs: ResponseOutputs,
    private readonly posture: PostureIndex,
  ) {}

  @Post('run')
  @ApiOperation({
    summary: 'Run the responses of a posture level',
    description: 'The run is dry unless the body sets `apply`. Applied responses continue after the answer.',
  })
  @AnswersProblems('overloaded', 'service-unreachable')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  async run(
    @Body() body: RunResponsesDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ResponseDto> {
    const now = nowText();
    if (body.policy === undefined) await this.posture.current(true);
    const policy = body.policy ?? this.posture.assess(tenantId, now).policy;
    const apply = body.apply === true;
    const response = await this.runner.run({
      tenantId,
      policy,
      apply,
      trigger: 'person',
      responseId: newId(),
      context: commandContext(principal, now),
    });
    if (response !== null) return this.#shown(tenantId, response);
    return {
      response_id: null,
      tenant_id: tenantId,
      status: 'completed',
      policy,
      mode: apply ? 'apply' : 'dry-run',
      trigger: 'person',
      safety_gates_passed: true,
      gates: [],
      actions_planned: 0,
      actions: [],
      results: [],
      detail: `${policy} plans nothing`,
      began_at: null,
      ended_at: null,
      undone: null,
    };
  }

  @Get()
  @ApiOperation({ summary: 'List the responses of the posture, newest first' })
  @RequireScope('POSTURE_READ')
  async list(
    @Query() query: ListResponsesQuery,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<ResponsePageDto> {
    await this.index.follower.confirmAtLeast(position);
    const all = this.index.list(tenant);
    const from =
      query.cursor === undefined ? 0 : all.findIndex(({ response_id }) => response_id === query.cursor) + 1;
    if (query.cursor !== undefined && from === 0)
      refuseViolations(
        [{ pointer: '/query/cursor', detail: 'must be the `next` of an earlier page' }],
        'the query',
      );
    const items = all.slice(from, from + (query.limit ?? defaultLimit));
    const last = items.at(-1);
    return {
      items: items.map((response) => this.#shown(tenant, response)),
      next: last === undefined || from + items.length >= all.length ? null : last.response_id,
    };
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get a response of the posture' })
  @RequireScope('POSTURE_READ')
  async one(
    @Param('id') id: string,
    @Query() _query: TenantScoped,
    @Tenant() tenant: string,
    @MinPosition() position: Position | null,
  ): Promise<ResponseDto> {
    await this.index.follower.confirmAtLeast(position);
    return this.#shown(tenant, this.#known(tenant, id, this.index.find(tenant, id)));
  }

  @Post(':id/undo')
  @ApiOperation({
    summary: 'Undo the changes of a response',
    description: 'Refused if the response changed nothing, or if its changes were overwritten since.',
  })
  @AnswersProblems('person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('POSTURE_WRITE')
  async undo(
    @Param('id') id: string,
    @Body() { reason }: ReasonedDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<UndoneResponseDto> {
    requirePerson(principal);
    const stream = responseStream(tenantId, id);
    await this.index.follower.confirmCurrent();
    const { state } = await this.handler.load(stream);
    const response = this.#known(tenantId, id, state);
    const restored =
      response.status === 'undone'
        ? ''
        : await this.#restore(response, (detail) =>
            this.handler.handle(stream, { kind: 'FailUndo', detail }, commandContext(principal)),
          );
    const text = await sealed(principal, reason, `${stream} undo`);
    const { state: now, position } = await this.handler.handle(
      stream,
      { kind: 'UndoResponse', reason: text, restored },
      commandContext(principal),
    );
    return {
      ...this.#shown(tenantId, this.#known(tenantId, id, now)),
      position: positionOrNull(position),
    };
  }

  /**
   * Restores the mirror and returns the name of its file. If that fails, it calls `failed` with the
   * reason, which raises an alert.
   */
  async #restore(response: Response, failed: (detail: string) => Promise<unknown>): Promise<string> {
    const run = undoableOf(response);
    const change = run === undefined ? null : (this.index.workOf(run.action_id).outcome?.change ?? null);
    if (change === null)
      throw new ProblemError('wrong-state', 'the response changed nothing that can be undone');
    const directory = this.outputs.directory(systemTenant);
    if (directory === null)
      throw new ProblemError('wrong-state', 'no directory is configured for the mirror', {
        remedy: 'set `POSTURE_OUTPUT_DIR` as it was when the response ran',
      });
    const notRestored = async (detail: string): Promise<ProblemError> => {
      await failed(detail);
      return new ProblemError('wrong-state', detail, { remedy: 'repair the mirror manually' });
    };
    const tried = async <T>(work: Promise<T>): Promise<T> => {
      try {
        return await work;
      } catch (error) {
        const code = (error as NodeJS.ErrnoException).code ?? 'it threw';
        throw await notRestored(`the mirror could not be put back (${code})`);
      }
    };
    // An earlier attempt may have restored the mirror before a crash.
    const present = hashOf(await tried(mirrorText(directory)));
    if (present !== change.after && present !== change.before)
      throw new ProblemError('wrong-state', 'the mirror has been changed since', {
        remedy: 'undo the later response first',
      });
    const restored = await tried(restoreMirror(directory, response.response_id));
    if (restored === undefined)
      throw await notRestored('the undo record of the response is not there any more');
    return restored;
  }

  #shown(tenantId: string, response: Response): ResponseDto {
    return shownAs(tenantId, response, (actionId) => this.index.stateOf(actionId));
  }

  #known(tenantId: string, id: string, response: Response | null): Response {
    if (response === null)
      throw new ProblemError('not-found', `tenant \`${tenantId}\` has no response \`${id.slice(0, 64)}\``);
    return response;
  }
}
