import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { ApiBody, ApiOperation, ApiParam, ApiTags } from '@nestjs/swagger';
import type { EvaluationDto } from './evaluate-answers.dto.js';
import { ProblemError } from '@interlock/kernel';
import {
  createValidationPipe,
  CurrentPrincipal,
  nowText,
  RequireScope,
  Tenant,
  type Principal,
} from '@interlock/platform';
import { askedOf } from './asked.js';
import { EvaluateBodyDto } from './evaluate.dto.js';
import { Evaluator } from './evaluator.js';

const pipe = createValidationPipe();
const beside: readonly string[] = [
  'prediction',
  'posture',
  'at',
  'fresh',
  'action_id',
  'request_id',
  'dry_run',
];

/**
 * Parses a body with an `intent` member, or a bare intent as it is published, with its known facts.
 */
const readBody = async (raw: unknown): Promise<EvaluateBodyDto> => {
  const bare = typeof raw === 'object' && raw !== null && !('intent' in raw) && 'action_type' in raw;
  const members = bare ? Object.entries(raw) : [];
  const body = bare
    ? {
        intent: Object.fromEntries(members.filter(([name]) => !beside.includes(name))),
        ...Object.fromEntries(members.filter(([name]) => beside.includes(name))),
      }
    : (raw ?? {});
  return (await pipe.transform(body, { type: 'body', metatype: EvaluateBodyDto })) as EvaluateBodyDto;
};

@ApiTags('policies')
@ApiParam({ name: 'tenantId', type: String })
@Controller('api/v1/policies/:tenantId/evaluate')
export class EvaluateController {
  constructor(private readonly evaluator: Evaluator) {}

  @Post()
  @ApiOperation({
    summary: 'Evaluate an action intent without executing it',
    description: 'The evaluation is recorded. It does not count as traffic of a canary.',
  })
  @HttpCode(200)
  @RequireScope('POLICY_READ')
  @ApiBody({ type: EvaluateBodyDto })
  async evaluate(
    @Body() raw: unknown,
    @Tenant() tenantId: string,
    @CurrentPrincipal() { actor }: Principal,
  ): Promise<EvaluationDto> {
    // A question concerns no action. Without the id, its record does not count as traffic, by which
    // canaries are judged.
    const { action_id: _about, ...body } = await readBody(raw);
    if (body.intent.tenant_id !== undefined && body.intent.tenant_id !== tenantId)
      throw new ProblemError('wrong-tenant', `the intent is of tenant \`${body.intent.tenant_id}\``);
    const { evaluation: answer, recorded_position: position } = await this.evaluator.evaluate(
      askedOf(tenantId, body, body.at ?? nowText()),
      actor,
    );
    const { input: _input, shadow: _shadow, ...evaluation } = answer;
    return { ...evaluation, recorded_position: position! };
  }
}
