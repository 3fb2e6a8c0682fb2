import { Module } from '@nestjs/common';
import { readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { BUNDLE_KEYS, readBundleKeys } from './bundle-keys.js';
import { BundlesModule } from '../bundles/bundles.module.js';
import { RegistryConfig } from '../config.js';
import { ExchangeController } from './exchange.controller.js';
import { ExchangeService } from './exchange.service.js';
import { PoliciesModule } from '../policies/policies.module.js';
import { TeamsModule } from '../teams/teams.module.js';

/** Export and import of bundles as signed files. */
@Module({
  imports: [PoliciesModule, TeamsModule, BundlesModule],
  controllers: [ExchangeController],
  providers: [
    ExchangeService,
    {
      provide: BUNDLE_KEYS,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ environment }: ServiceContext) =>
        readBundleKeys(readConfig(RegistryConfig, environment)),
    },
  ],
})
export class ExchangeModule {}
