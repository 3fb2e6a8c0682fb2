import { positionOrNull, ProblemError } from '@interlock/kernel';
import {
  AnswersProblems,
  commandContext,
  CurrentPrincipal,
  nowText,
  requirePerson,
  RequireScope,
  sealed,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { feedbackStream, isRequester, judgedAction } from '@interlock/rails';
import { Body, Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import type { ActionFeedbackDto } from '../actions/actions-answers.dto.js';
import { GiveFeedbackDto } from '../actions/actions.dto.js';
import { actionStream } from '../intents/intent-intake.js';
import { ActionHandler, FeedbackHandler } from '../handlers.js';

/** People's verdicts on the outcomes of actions. */
@ApiTags('actions')
@Controller('api/v1/autonomous/actions')
export class FeedbackController {
  constructor(
    private readonly actions: ActionHandler,
    private readonly feedback: FeedbackHandler,
  ) {}

  @Post(':id/feedback')
  @ApiOperation({
    summary: 'Give feedback on an executed action that has ended',
    description: 'Later feedback of the same person replaces the earlier one.',
  })
  @AnswersProblems('action-not-found', 'person-required', 'wrong-state')
  @HttpCode(200)
  @RequireScope('AUTONOMOUS_APPROVE')
  async give(
    @Param('id') id: string,
    @Body() { verdict, comment }: GiveFeedbackDto,
    @Tenant() tenantId: string,
    @CurrentPrincipal() principal: Principal,
  ): Promise<ActionFeedbackDto> {
    const by = `person:${requirePerson(principal)}`;
    const { state } = await this.actions.load(actionStream(tenantId, id));
    if (state.status === 'NONE')
      throw new ProblemError('action-not-found', `there is no action \`${id.slice(0, 64)}\``);
    const judged = judgedAction(state);
    if (judged === null)
      throw new ProblemError(
        'wrong-state',
        `feedback is on what an action did, and this one is ${state.status}${state.ended_at === null ? '' : ' and did nothing'}`,
        { members: { state: state.status } },
      );
    const stream = feedbackStream(tenantId, id);
    const result = await this.feedback.handle(
      stream,
      {
        kind: 'give',
        ...judged,
        by,
        by_requester: isRequester(state, [by, ...principal.refused_as]),
        verdict,
        ...(comment === undefined ? {} : { comment: await sealed(principal, comment, stream) }),
      },
      commandContext(principal, nowText()),
    );
    return {
      action_id: id,
      feedback: result.state,
      position: positionOrNull(result.position),
    };
  }
}
