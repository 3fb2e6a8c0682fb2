import { ExecutorPresence } from '@interlock/executor';
import { RpcClient } from '@interlock/jetstream';
import {
  changeRpc,
  handlerRpc,
  newId,
  readConfig,
  SERVICE_CONTEXT,
  settingChanges,
  type ServiceContext,
} from '@interlock/platform';
import { createJobs } from '@interlock/postgres';
import { Module } from '@nestjs/common';
import { BrakeController } from './brake/brake.controller.js';
import { PostureFilesConfig } from './config.js';
import { InputFolder } from './files/input-folder.js';
import {
  BrakeHandler,
  ChecksHandler,
  LevelHandler,
  PostureConfigHandler,
  PostureRunHandler,
  ResponseHandler,
  ResponseWorkHandler,
  SignalHandler,
  TrustLockHandler,
} from './handlers.js';
import { Levels } from './levels.js';
import { Lifecycle } from './lifecycle.js';
import { LightChecks } from './measures/light-checks.js';
import { MeasureIndex } from './measures/measure-index.js';
import { Measurer } from './measures/measurer.js';
import { Votes } from './measures/votes.js';
import { Outputs, realSleep, SLEEP } from './outputs/outputs.js';
import { PostureController } from './posture.controller.js';
import { PostureIndex } from './posture-index.js';
import { PostureRpc } from './posture.rpc.js';
import { ResponseConfig } from './responses/config.js';
import { ResponseOutputs } from './responses/outputs.js';
import { ResponseChecks } from './responses/response-checks.js';
import { ResponseIndex } from './responses/response-index.js';
import { ResponseRunner } from './responses/response-runner.js';
import { ResponseSteps } from './responses/response-steps.js';
import { ResponseWork } from './responses/response-work.js';
import { ResponsesController } from './responses/responses.controller.js';
import { ResponsesLifecycle } from './responses/responses.lifecycle.js';
import { Runs } from './runs/runs.js';
import { Schedule } from './runs/schedule.js';
import { PostureSettings } from './settings.js';
import { SignalRights } from './signal-rights.js';
import { Signals } from './signals.js';
import { JOBS } from './tokens.js';
import { TrustController } from './trust/trust.controller.js';
import { ViewsController } from './views.controller.js';

/** The module of the posture service. */
@Module({
  controllers: [
    TrustController,
    BrakeController,
    PostureController,
    ViewsController,
    PostureRpc,
    ResponsesController,
    changeRpc('posture'),
    handlerRpc('posture', ResponseWork),
  ],
  providers: [
    LevelHandler,
    PostureConfigHandler,
    PostureRunHandler,
    SignalHandler,
    TrustLockHandler,
    BrakeHandler,
    ChecksHandler,
    ResponseHandler,
    ResponseWorkHandler,
    settingChanges,
    PostureSettings,
    PostureIndex,
    MeasureIndex,
    Levels,
    SignalRights,
    Signals,
    LightChecks,
    Votes,
    Measurer,
    InputFolder,
    Outputs,
    Runs,
    Schedule,
    Lifecycle,
    ResponseIndex,
    ResponseOutputs,
    ResponseChecks,
    ResponseWork,
    ResponseRunner,
    ResponseSteps,
    ResponsesLifecycle,
    {
      provide: ResponseConfig,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ environment }: ServiceContext) => readConfig(ResponseConfig, environment),
    },
    {
      provide: PostureFilesConfig,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ environment }: ServiceContext) => readConfig(PostureFilesConfig, environment),
    },
    {
      provide: RpcClient,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ nats, service }: ServiceContext) => new RpcClient(nats, { caller: service }),
    },
    {
      provide: ExecutorPresence,
      inject: [SERVICE_CONTEXT, RpcClient],
      useFactory: ({ store, service, logger }: ServiceContext, rpc: RpcClient) =>
        new ExecutorPresence({
          store,
          service,
          instance: newId(),
          tell: (request) => rpc.call('safety-rails.executor', request),
          logger,
        }),
    },
    {
      provide: JOBS,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ database: pool, service, logger, migrate }: ServiceContext) =>
        createJobs({ pool, service, logger, migrate }),
    },
    { provide: SLEEP, useValue: realSleep },
  ],
})
export class AppModule {}
