import { Body, Controller, Get, HttpCode, Inject, Param, Post, Query, Res } from '@nestjs/common';
import { ApiBody, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import type {
  AcceptedActionDto,
  ActionDto,
  ActionPageDto,
  ActionRecordsDto,
  ActionTimelineDto,
  ActionWithFeedbackDto,
} from './actions-answers.dto.js';
import type { Violation } from '@interlock/contracts';
import { collect, logBehind, positionText, ProblemError, type Position } from '@interlock/kernel';
import {
  answerIn,
  AnswersFaults,
  AnswersProblems,
  BodyFaults,
  commandContext,
  CurrentPrincipal,
  JudgesBodyTenant,
  LastEventId,
  LiveEvents,
  MinPosition,
  nowText,
  requirePerson,
  requireScope,
  RequireScope,
  sealed,
  SERVICE_CONTEXT,
  sse,
  Tenant,
  type Principal,
  type ServiceContext,
} from '@interlock/platform';
import { actionRow, actionView, feedbackStream, requireUndoable, type ActionCommand } from '@interlock/rails';
import { Admission } from '../intents/admission.js';
import { consentProblems, DecisionDto, ExtendDto, ListActionsQuery } from './actions.dto.js';
import { ActionsQueries } from './actions.queries.js';
import { actionStream, IntentIntake } from '../intents/intent-intake.js';
import { Effects } from './effects.js';
import { ActionHandler, FeedbackHandler } from '../handlers.js';
import { ActionIntentDto, readIntent } from '../intents/intent.dto.js';
import { Orchestrator } from './orchestrator.js';
import { OwnEvents, ownOf } from '../agents/own.js';
import { rightsOf } from './approver-rights.js';
import { isRefusal, RejectedIntents } from '../intents/rejected-intents.js';

@ApiTags('actions')
@Controller('api/v1/autonomous/actions')
export class ActionsController {
  constructor(
    @Inject(SERVICE_CONTEXT) private readonly context: ServiceContext,
    private readonly intake: IntentIntake,
    private readonly admission: Admission,
    private readonly queries: ActionsQueries,
    private readonly orchestrator: Orchestrator,
    private readonly rejected: RejectedIntents,
    private readonly live: LiveEvents,
    private readonly own: OwnEvents,
    private readonly feedback: FeedbackHandler,
    @Inject(ActionHandler) private readonly actions: Pick<ActionHandler, 'load'>,
    @Inject(Effects) private readonly effects: Pick<Effects, 'planUndo'>,
  ) {}

  @Post()
  @ApiOperation({
    summary: 'Submit an action intent',
    description:
      'The answer comes before any gate decides. The same `intent_id` with the same content is answered with the same action.',
  })
  @AnswersProblems('unknown-action-type', 'intent-conflict', 'tenant-suspended', 'wrong-agent', 'overloaded')
  @HttpCode(202)
  @RequireScope('AUTONOMOUS_SUBMIT')
  @AnswersFaults()
  @JudgesBodyTenant()
  @ApiBody({ type: ActionIntentDto })
  async submit(
    @Body() body: unknown,
    @BodyFaults() faults: readonly Violation[],
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<AcceptedActionDto> {
    const time = nowText();
    try {
      const read = readIntent(body, faults);
      const { requester, actor } = principal;
      return await this.admission.orRefuse(tenantId, () =>
        this.intake.submit({ ...read, tenantId, requester, actor, source: 'http', time }),
      );
    } catch (error) {
      if (isRefusal(error)) await this.rejected.keep(principal, body, error);
      throw error;
    }
  }

  @Get()
  @ApiOperation({ summary: 'List the actions of a tenant' })
  @RequireScope('AUTONOMOUS_READ', 'AUTONOMOUS_READ_OWN')
  async list(
    @Query() query: ListActionsQuery,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<ActionPageDto> {
    await this.queries.atLeast(position);
    const { items, next } = await this.queries.list(tenantId, query, ownOf(principal));
    return {
      items: items.map((found) => actionRow(found.state, found.position)),
      next,
      server_time: nowText(),
    };
  }

  @Get('records')
  @ApiOperation({
    summary: 'List the full records of actions',
    description: 'An auditor compares these records with the log.',
  })
  @RequireScope('AUTONOMOUS_READ')
  async records(
    @Query() query: ListActionsQuery,
    @Tenant() tenantId: string,
    @MinPosition() position: Position | null,
  ): Promise<ActionRecordsDto> {
    await this.queries.atLeast(position);
    const { items, next } = await this.queries.list(tenantId, query);
    const now = nowText();
    return {
      items: items.map((found) => actionView(found.state, found.position, now)),
      next,
      server_time: now,
    };
  }

  @Get('stream')
  @ApiOperation({
    summary: 'Stream the events of actions',
    description:
      'Server-sent events, from the time of the request on or strictly after `Last-Event-ID`. The first is `opened`, whose id is the place in the log.',
  })
  @RequireScope('AUTONOMOUS_READ', 'AUTONOMOUS_READ_OWN')
  @ApiOkResponse(answerIn('text/event-stream', 'Events as they come'))
  async stream(
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @LastEventId() after: Position | null,
    @Res() reply: Parameters<typeof sse>[0],
  ): Promise<void> {
    const all = await this.live.watch(tenantId, after);
    const own = ownOf(principal);
    return sse(reply, own === undefined ? all : this.own.of(tenantId, principal.requester, all));
  }

  @Get(':id')
  @ApiOperation({ summary: 'Get an action with its feedback' })
  @AnswersProblems('action-not-found')
  @RequireScope('AUTONOMOUS_READ', 'AUTONOMOUS_READ_OWN')
  async one(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
    @MinPosition() position: Position | null,
  ): Promise<ActionWithFeedbackDto> {
    await this.queries.atLeast(position);
    const { state, position: at } = await this.queries.one(tenantId, id, ownOf(principal));
    // Only an ended action can have feedback, so following an action costs no second read.
    const feedback =
      state.ended_at === null ? [] : (await this.feedback.load(feedbackStream(tenantId, id))).state;
    return { ...actionView(state, at, nowText()), feedback };
  }

  @Get(':id/timeline')
  @ApiOperation({ summary: 'List the events of an action' })
  @AnswersProblems('action-not-found')
  @RequireScope('AUTONOMOUS_READ', 'AUTONOMOUS_READ_OWN')
  async timeline(
    @Param('id') id: string,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionTimelineDto> {
    if (ownOf(principal) !== undefined) await this.queries.one(tenantId, id, ownOf(principal));
    const events = await collect(logBehind(this.context.store).read(actionStream(tenantId, id)));
    if (events.length === 0)
      throw new ProblemError('action-not-found', `there is no action \`${id.slice(0, 64)}\``);
    return {
      action_id: id,
      server_time: nowText(),
      items: events.map((e) => ({
        revision: `${e.revision}`,
        position: positionText(e.position),
        at: e.metadata.occurred_at,
        type: e.type,
        actor: e.metadata.actor,
        data: e.data,
      })),
    };
  }

  @Post(':id/confirm')
  @ApiOperation({
    summary: 'Confirm an action within its confirmation window',
    description: 'The digest in `window` of the action binds the confirmation to what the person read.',
  })
  @AnswersProblems(...consentProblems)
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
  async confirm(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'confirm',
      ...this.#person(principal),
      digest: body.digest ?? null,
      comment: await this.#comment(tenantId, principal, id, 'confirm', body),
      now: nowText(),
    });
  }

  @Post(':id/extend')
  @ApiOperation({ summary: 'Extend the confirmation window of an action' })
  @AnswersProblems('action-not-found', 'person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
  extend(
    @Param('id') id: string,
    @Body() body: ExtendDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'extend',
      ...this.#person(principal),
      seconds: body.seconds,
      now: nowText(),
    });
  }

  @Post(':id/approve')
  @ApiOperation({
    summary: 'Approve an action that waits for a person',
    description:
      'The digest in `approval` of the action binds the approval to what the person read. The requester may not approve.',
  })
  @AnswersProblems(...consentProblems)
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
  async approve(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'approve',
      ...this.#person(principal),
      digest: body.digest ?? null,
      comment: await this.#comment(tenantId, principal, id, 'approve', body),
      now: nowText(),
    });
  }

  @Post(':id/reject')
  @ApiOperation({ summary: 'Reject an action that waits for a person' })
  @AnswersProblems('action-not-found', 'person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
  async reject(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'reject',
      ...this.#person(principal),
      comment: await this.#comment(tenantId, principal, id, 'reject', body),
      now: nowText(),
    });
  }

  @Post(':id/cancel')
  @ApiOperation({ summary: 'Cancel an open action, or roll back one that is in flight' })
  @AnswersProblems('action-not-found', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE', 'AUTONOMOUS_KILL')
  async cancel(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionDto> {
    return this.#decide(tenantId, principal, id, {
      kind: 'cancel',
      by: principal.requester,
      comment: await this.#comment(tenantId, principal, id, 'cancel', body),
      now: nowText(),
    });
  }

  @Post(':id/rollback')
  @ApiOperation({
    summary: 'Roll back an action',
    description:
      'For a completed action the first call shows the changes in `rollback`; a second call by a person, with the digest of these changes, executes them.',
  })
  @AnswersProblems(
    'action-not-found',
    'person-required',
    'wrong-state',
    'same-person',
    'approval-mismatch',
    'approval-required',
    'leaves-changed',
    'undo-impossible',
  )
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE', 'AUTONOMOUS_KILL')
  async rollback(
    @Param('id') id: string,
    @Body() body: DecisionDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionDto> {
    const comment = await this.#comment(tenantId, principal, id, 'rollback', body);
    const { state } = await this.actions.load(actionStream(tenantId, id));
    if (state.status !== 'COMPLETED')
      return this.#decide(tenantId, principal, id, {
        kind: 'rollback',
        by: principal.requester,
        comment,
        now: nowText(),
      });
    if (body.digest !== undefined && body.digest !== null) {
      // It approves a new execution, so it needs everything that any approval needs.
      requireScope(principal, 'AUTONOMOUS_APPROVE');
      return this.#decide(tenantId, principal, id, {
        kind: 'approve_rollback',
        ...this.#person(principal),
        digest: body.digest,
        comment,
        now: nowText(),
      });
    }
    requireUndoable(state, nowText());
    const plan = await this.effects.planUndo(state);
    return this.#decide(tenantId, principal, id, {
      kind: 'prepare_rollback',
      by: principal.requester,
      plan,
      now: nowText(),
    });
  }

  /** Returns the person, with every key that counts as theirs when another person is needed. */
  #person(principal: Principal): { readonly by: string; readonly refused_as: readonly string[] } {
    return { by: `person:${requirePerson(principal)}`, refused_as: principal.refused_as };
  }

  /** Returns a comment in the form for the log. */
  async #comment(
    tenantId: string,
    principal: Principal,
    id: string,
    on: ActionCommand['kind'],
    { comment }: DecisionDto,
  ): Promise<string | null> {
    return comment === undefined || comment === null
      ? null
      : sealed(principal, comment, `${actionStream(tenantId, id)} ${on}`);
  }

  async #decide(
    tenantId: string,
    principal: Principal,
    id: string,
    command: ActionCommand,
  ): Promise<ActionDto> {
    const result = await this.orchestrator.command(
      tenantId,
      id,
      command,
      commandContext(principal, command.now, rightsOf(principal, command)),
    );
    const at = result.position === null ? '0' : positionText(result.position);
    return actionView(result.state, at, nowText());
  }
}
