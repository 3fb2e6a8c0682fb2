import { Module } from '@nestjs/common';
import { ActionTypesController } from './action-types.controller.js';
import { Catalogue } from './catalogue.js';
import { SystemPolicy } from './system-policy.js';
import { PoliciesController } from './policies.controller.js';
import { PoliciesQueries } from './policies.queries.js';
import { PoliciesService } from './policies.service.js';

/** Policies, what was decided by them, and the action types that they may look at. */
@Module({
  controllers: [PoliciesController, ActionTypesController],
  providers: [Catalogue, SystemPolicy, PoliciesService, PoliciesQueries],
  exports: [Catalogue, PoliciesQueries],
})
export class PoliciesModule {}
