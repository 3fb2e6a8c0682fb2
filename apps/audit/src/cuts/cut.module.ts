import { Global, Module } from '@nestjs/common';
import { LOG_RETENTION, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { ArchiveModule } from '../archive/archive.module.js';
import { ArchiveView } from '../archive/archive-view.js';
import { ARCHIVED, type Archived } from '../archive/archived-log.js';
import { AuditConfig } from '../config.js';
import { Trees } from '../tree/trees.js';
import { CutRecords } from './cut-records.js';
import { LogCutter } from './log-cutter.js';

/** The module that cuts the log according to the tenants' retention. */
@Global()
@Module({
  imports: [ArchiveModule],
  providers: [
    {
      provide: CutRecords,
      useFactory: ({ store }: ServiceContext) => new CutRecords(store),
      inject: [SERVICE_CONTEXT],
    },
    {
      provide: LOG_RETENTION,
      useFactory: (
        context: ServiceContext,
        trees: Trees,
        archived: Archived | null,
        view: ArchiveView,
        records: CutRecords,
        { AUDIT_ORIGIN: origin }: AuditConfig,
      ) => new LogCutter({ store: context.store, trees, archived, view, records, origin, context }),
      inject: [SERVICE_CONTEXT, Trees, ARCHIVED, ArchiveView, CutRecords, AuditConfig],
    },
  ],
  exports: [CutRecords, LOG_RETENTION],
})
export class CutModule {}
