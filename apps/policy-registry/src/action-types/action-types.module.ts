import { Module } from '@nestjs/common';
import { PoliciesModule } from '../policies/policies.module.js';
import { TeamsModule } from '../teams/teams.module.js';
import { ActionTypesController } from './action-types.controller.js';
import { ActionTypesService } from './action-types.service.js';

/** The catalogue of action types: the built-in ones, and what tenants register. */
@Module({
  imports: [PoliciesModule, TeamsModule],
  controllers: [ActionTypesController],
  providers: [ActionTypesService],
})
export class ActionTypesModule {}
