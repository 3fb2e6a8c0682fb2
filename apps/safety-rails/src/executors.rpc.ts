import { Controller, Inject } from '@nestjs/common';
import { MessagePattern, Payload } from '@nestjs/microservices';
import type { RpcAnswer } from '@interlock/contracts';
import type { BusMessage } from '@interlock/jetstream';
import { readInput } from '@interlock/platform';
import { ExecutorDto } from './executors.dto.js';
import { Executors } from './executors.js';

/** What the services that carry out actions say of themselves. */
@Controller()
export class ExecutorsRpc {
  constructor(@Inject(Executors) private readonly executors: Executors) {}

  @MessagePattern('executor')
  take(@Payload() message: BusMessage): Promise<RpcAnswer<'safety-rails.executor'>> {
    const { kind, service, instance, stream = '', revision = '' } = readInput(ExecutorDto, message.data);
    return this.executors.take(
      kind === 'answer' ? { kind, service, instance, stream, revision } : { kind, service, instance },
    );
  }
}
