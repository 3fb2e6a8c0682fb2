import { Module } from '@nestjs/common';
import { TeamsModule } from '../teams/teams.module.js';
import { Catalogue } from './catalogue.js';
import { Deciding } from './deciding.js';
import { PolicySettings } from './policy-settings.js';
import { SystemPolicy } from './system-policy.js';
import { PoliciesController } from './policies.controller.js';
import { PoliciesQueries } from './policies.queries.js';
import { PoliciesService } from './policies.service.js';

/** Policies, the bundles that decide, and the catalogue of action types that they may use. */
@Module({
  imports: [TeamsModule],
  controllers: [PoliciesController],
  providers: [Catalogue, Deciding, SystemPolicy, PolicySettings, PoliciesService, PoliciesQueries],
  exports: [Catalogue, Deciding, PoliciesQueries],
})
export class PoliciesModule {}
