import type { DynamicModule } from '@nestjs/common';
import { AuditController } from './audit.controller.js';

/** All the wiring of audit: it reads the log and nothing else. */
export class AppModule {
  static register(): DynamicModule {
    return { module: AppModule, controllers: [AuditController] };
  }
}
