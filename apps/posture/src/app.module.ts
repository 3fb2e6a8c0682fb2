import { RpcClient } from '@interlock/jetstream';
import { readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { BrakeController } from './brake/brake.controller.js';
import {
  BrakeHandler,
  ChecksHandler,
  LevelHandler,
  PostureConfigHandler,
  ResponseHandler,
  ResponseWorkHandler,
  SignalHandler,
  TrustLockHandler,
} from './handlers.js';
import { Levels } from './levels.js';
import { Lifecycle } from './lifecycle.js';
import { PostureController } from './posture.controller.js';
import { PostureIndex } from './posture-index.js';
import { PostureRpc } from './posture.rpc.js';
import { ResponseConfig } from './responses/config.js';
import { ResponseOutputs } from './responses/outputs.js';
import { ResponseChecks } from './responses/response-checks.js';
import { ResponseIndex } from './responses/response-index.js';
import { ResponseRunner } from './responses/response-runner.js';
import { ResponseWork } from './responses/response-work.js';
import { ResponseRpc } from './responses/response.rpc.js';
import { ResponsesController } from './responses/responses.controller.js';
import { ResponsesLifecycle } from './responses/responses.lifecycle.js';
import { Signals } from './signals.js';
import { TrustController } from './trust/trust.controller.js';

/** All the wiring of posture. */
@Module({
  controllers: [
    TrustController,
    BrakeController,
    PostureController,
    PostureRpc,
    ResponsesController,
    ResponseRpc,
  ],
  providers: [
    LevelHandler,
    PostureConfigHandler,
    SignalHandler,
    TrustLockHandler,
    BrakeHandler,
    ChecksHandler,
    ResponseHandler,
    ResponseWorkHandler,
    PostureIndex,
    Levels,
    Signals,
    Lifecycle,
    ResponseIndex,
    ResponseOutputs,
    ResponseChecks,
    ResponseWork,
    ResponseRunner,
    ResponsesLifecycle,
    {
      provide: ResponseConfig,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ environment }: ServiceContext) => readConfig(ResponseConfig, environment),
    },
    {
      provide: RpcClient,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ nats, service }: ServiceContext) => new RpcClient(nats, { caller: service }),
    },
  ],
})
export class AppModule {}
