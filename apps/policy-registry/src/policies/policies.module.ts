import { Module } from '@nestjs/common';
import { Catalogue } from './catalogue.js';
import { SystemPolicy } from './system-policy.js';
import { PoliciesController } from './policies.controller.js';
import { PoliciesQueries } from './policies.queries.js';
import { PoliciesService } from './policies.service.js';

/** Policies, their decisions, and the catalogue of action types that they may use. */
@Module({
  controllers: [PoliciesController],
  providers: [Catalogue, SystemPolicy, PoliciesService, PoliciesQueries],
  exports: [Catalogue, PoliciesQueries],
})
export class PoliciesModule {}
