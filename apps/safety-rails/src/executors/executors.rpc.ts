import type { RpcAnswer } from '@interlock/contracts';
import { Controller } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import { ExecutorDto } from './executors.dto.js';
import { Executors } from './executors.js';

/** The reports of the services that carry out actions. */
@Controller()
export class ExecutorsRpc {
  constructor(private readonly executors: Executors) {}

  @MessagePattern({ rpc: 'safety-rails.executor' })
  take(@Payload() request: ExecutorDto): Promise<RpcAnswer<'safety-rails.executor'>> {
    const { kind, service, instance, stream = '', revision = '' } = request;
    return this.executors.take(
      kind === 'answer' ? { kind, service, instance, stream, revision } : { kind, service, instance },
    );
  }
}
