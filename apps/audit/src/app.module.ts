import { RpcClient } from '@interlock/jetstream';
import { SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { Module } from '@nestjs/common';
import { ArchiveModule } from './archive/archive.module.js';
import { FilledLog } from './archive/filled-log.js';
import { BrowseController } from './browse/browse.controller.js';
import { AuditController } from './audit.controller.js';
import { AuditChecks } from './checks/audit-checks.js';
import { ChecksRpc } from './checks/checks.rpc.js';
import { CutModule } from './cuts/cut.module.js';
import { EntryLedger } from './checkpoints/entry-ledger.js';
import { Inconsistencies } from './checkpoints/inconsistencies.js';
import { Publisher } from './checkpoints/publisher.js';
import { ExportController } from './export/export.controller.js';
import { SealedExport } from './export/sealed-export.js';
import { Lifecycle } from './lifecycle.js';
import { LogModule } from './log.module.js';
import { MirrorSet } from './mirrors/mirror-set.js';
import { VoteRpc } from './mirrors/vote.rpc.js';
import { PeopleModule } from './people/people.module.js';
import { PrivacyModule } from './privacy/privacy.module.js';
import { ProofsController } from './proofs/proofs.controller.js';
import { ProofsQueries } from './proofs/proofs.queries.js';
import { QuestionsController } from './questions/questions.controller.js';
import { LogScrub } from './tree/log-scrub.js';

/** The root module of audit, which reads and proves the log and keeps the names of people. */
@Module({
  imports: [LogModule, PrivacyModule, PeopleModule, ArchiveModule, CutModule],
  controllers: [
    AuditController,
    BrowseController,
    ProofsController,
    ExportController,
    QuestionsController,
    VoteRpc,
    ChecksRpc,
  ],
  providers: [
    EntryLedger,
    Inconsistencies,
    MirrorSet,
    Publisher,
    LogScrub,
    AuditChecks,
    {
      provide: RpcClient,
      inject: [SERVICE_CONTEXT],
      useFactory: ({ nats, service }: ServiceContext) => new RpcClient(nats, { caller: service }),
    },
    FilledLog,
    SealedExport,
    ProofsQueries,
    Lifecycle,
  ],
})
export class AppModule {}
