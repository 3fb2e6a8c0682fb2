import { Module } from '@nestjs/common';
import { readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { RegistryConfig } from '../config.js';
import { PoliciesModule } from '../policies/policies.module.js';
import { ActionTypesController } from './action-types.controller.js';
import { ActionTypesRpc } from './action-types.rpc.js';
import { ActionTypesService } from './action-types.service.js';

/** The catalogue of action types: the built-in ones, and those that tenants register. */
@Module({
  imports: [PoliciesModule],
  controllers: [ActionTypesController, ActionTypesRpc],
  providers: [
    ActionTypesService,
    {
      provide: RegistryConfig,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ environment }: ServiceContext) => readConfig(RegistryConfig, environment),
    },
  ],
})
export class ActionTypesModule {}
