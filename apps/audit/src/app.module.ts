import type { DynamicModule } from '@nestjs/common';
import type { ServiceContext } from '@interlock/platform';
import { AuditController } from './audit.controller.js';
import { PrivacyModule } from './privacy/privacy.module.js';

/** All the wiring of audit: it reads the log, and keeps what people are known by. */
export class AppModule {
  static register(context: ServiceContext): DynamicModule {
    return { module: AppModule, imports: [PrivacyModule.register(context)], controllers: [AuditController] };
  }
}
