import { Body, Controller, HttpCode, Inject, Param, Post } from '@nestjs/common';
import { ApiTags } from '@nestjs/swagger';
import { ProblemError } from '@interlock/kernel';
import { CurrentPrincipal, nowText, RequireScope, type Principal } from '@interlock/platform';
import { actingIn } from './acting.js';
import { askedOf } from './asked.js';
import { EvaluateBodyDto } from './evaluate.dto.js';
import { Evaluator } from './evaluator.js';

@ApiTags('policies')
@Controller('api/v1/policies/:tenantId/evaluate')
export class EvaluateController {
  constructor(@Inject(Evaluator) private readonly evaluator: Evaluator) {}

  /** Says what policies and bundle would decide, and records that they were asked; nothing is executed. */
  @Post()
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  async evaluate(@Param('tenantId') tenantId: string, @Body() body: EvaluateBodyDto, @CurrentPrincipal() principal: Principal): Promise<object> {
    const { actor } = actingIn(principal, tenantId);
    if (body.intent.tenant_id !== undefined && body.intent.tenant_id !== tenantId) throw new ProblemError('wrong-tenant', `the intent is of tenant \`${body.intent.tenant_id}\``);
    const { evaluation, recorded_position: position } = await this.evaluator.evaluate(askedOf(tenantId, body, body.at ?? nowText()), actor);
    return { ...evaluation, recorded_position: position };
  }
}
