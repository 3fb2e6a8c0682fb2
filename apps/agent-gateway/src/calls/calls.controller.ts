import { Controller, HttpCode, Param, Post } from '@nestjs/common';
import { ApiOperation, ApiTags } from '@nestjs/swagger';
import { AnswersProblems, RequireScope, Tenant } from '@interlock/platform';
import { CallPath, type HandlerStatusDto } from './calls.dto.js';
import { StatusQuestions } from './status-questions.js';

@ApiTags('agents')
@Controller('api/v1/calls')
export class CallsController {
  constructor(private readonly questions: StatusQuestions) {}

  // Auditors use it to compare the log with the handler (`interlock audit reconcile`).
  @Post(':action_id/status')
  @ApiOperation({
    summary: 'Ask the handler of an action how the action stands now',
    description:
      "Asks the step `status` of the tenant's own handler, by a POST or on the bus. Nothing is recorded, and the action stays as it is. A tenant's handlers are asked ten times a second at most.",
  })
  @AnswersProblems('action-not-found', 'wrong-state', 'handler-unreachable', 'handler-refused')
  @HttpCode(200)
  @RequireScope('AUTONOMY_ADMIN', 'AUDIT_READ')
  status(@Param() { action_id: actionId }: CallPath, @Tenant() tenantId: string): Promise<HandlerStatusDto> {
    return this.questions.ask(tenantId, actionId);
  }
}
