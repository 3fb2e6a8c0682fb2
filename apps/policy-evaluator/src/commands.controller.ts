import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { AutoApproveAnswer, EvaluationAnswer } from '@interlock/contracts';
import { AutoApproveRequestDto, EvaluateRequestDto } from './evaluate.dto.js';
import { askedOf } from './asked.js';
import { Evaluator } from './evaluator.js';

/** What the evaluator answers on the bus. */
@Controller()
export class CommandsController {
  constructor(@Inject(Evaluator) private readonly evaluator: Evaluator) {}

  @MessagePattern({ rpc: 'policy-evaluator.evaluate' })
  evaluate(@Payload() request: EvaluateRequestDto): Promise<EvaluationAnswer> {
    return this.evaluator.evaluateForAction(askedOf(request.tenant_id, request, request.at));
  }

  @MessagePattern({ rpc: 'policy-evaluator.auto_approve' })
  autoApprove(@Payload() request: AutoApproveRequestDto): Promise<AutoApproveAnswer> {
    return this.evaluator.autoApprove({ ...request });
  }
}
