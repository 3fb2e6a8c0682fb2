import { Global, Module } from '@nestjs/common';
import { handlers } from './handlers.js';
import { runners } from './runners.js';

/**
 * What there is one of in the process: a handler of commands per decider, a runner per projection.
 */
@Global()
@Module({
  providers: [...handlers, ...runners],
  exports: [...handlers, ...runners],
})
export class LogModule {}
