import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { AutoApproveAnswer, EvaluationAnswer } from '@interlock/contracts';
import { AutoApproveRequestDto, EvaluateRequestDto } from './evaluate.dto.js';
import { askedOf } from './asked.js';
import { Evaluator, evaluatorActor } from './evaluator.js';

/** The evaluator's requests on the bus. */
@Controller()
export class CommandsController {
  constructor(private readonly evaluator: Evaluator) {}

  @MessagePattern({ rpc: 'policy-evaluator.evaluate' })
  async evaluate(@Payload() request: EvaluateRequestDto): Promise<EvaluationAnswer> {
    const { evaluation } = await this.evaluator.evaluate(
      askedOf(request.tenant_id, request, request.at),
      evaluatorActor,
    );
    return evaluation;
  }

  @MessagePattern({ rpc: 'policy-evaluator.auto_approve' })
  autoApprove(@Payload() request: AutoApproveRequestDto): Promise<AutoApproveAnswer> {
    return this.evaluator.autoApprove({ ...request });
  }
}
