import type { DynamicModule } from '@nestjs/common';
import { createFollower, type LogFollower } from '@interlock/eventstore';
import { HealthChecks, type ServiceContext } from '@interlock/platform';
import { CommandsController } from './commands.controller.js';
import { EvaluateController } from './evaluate.controller.js';
import { Evaluator } from './evaluator.js';
import { Lifecycle } from './lifecycle.js';
import { PolicyIndex } from './policy-index.js';
import { Recorder } from './recorder.js';
import { evaluationTelemetry } from './telemetry.js';

const FOLLOWER = Symbol('FOLLOWER');

/** All the wiring of the policy evaluator. */
export class AppModule {
  static register({ store, logger, metrics }: ServiceContext): DynamicModule {
    return {
      module: AppModule,
      controllers: [CommandsController, EvaluateController],
      providers: [
        { provide: PolicyIndex, useFactory: () => new PolicyIndex() },
        {
          provide: FOLLOWER,
          inject: [PolicyIndex],
          useFactory: (index: PolicyIndex) =>
            createFollower(store, {
              name: 'policy-evaluator',
              prefixes: PolicyIndex.prefixes,
              onEvent: index.fold,
              logger,
            }),
        },
        { provide: Recorder, useFactory: () => new Recorder(store) },
        {
          provide: Evaluator,
          inject: [PolicyIndex, FOLLOWER, Recorder],
          useFactory: (index: PolicyIndex, follower: LogFollower, recorder: Recorder) =>
            new Evaluator(index, follower, recorder, evaluationTelemetry({ logger, metrics })),
        },
        {
          provide: Lifecycle,
          useFactory: (follower: LogFollower, health: HealthChecks) =>
            new Lifecycle(follower, health, logger),
          inject: [FOLLOWER, HealthChecks],
        },
      ],
    };
  }
}
