import { Controller } from '@nestjs/common';
import { EventPattern, Payload } from '@nestjs/microservices';
import { done, type Handled } from '@interlock/kernel';
import type { BusMessage } from '@interlock/jetstream';
import { PlanRunner } from './plan-runner.js';

/** A kill switch was used: every unfinished plan is looked at. */
@Controller()
export class PlanStopsReactor {
  constructor(private readonly runner: PlanRunner) {}

  @EventPattern({
    stream: 'EVENTS',
    durable: 'safety-rails-plan-stops',
    filter: 'interlock.events.kill_switch.*.*',
    concurrency: 1,
  })
  async onSwitch(@Payload() _message: BusMessage): Promise<Handled> {
    await this.runner.wakeAll();
    return done;
  }
}
