import { Global, Module } from '@nestjs/common';
import type { EventStore } from '@interlock/kernel';
import { EVENT_STORE, readConfig, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { archivedOf, believedKeys } from './archive/archived-of.js';
import { ARCHIVED, ArchivedLog, type Archived } from './archive/archived-log.js';
import { LOG_TREE } from './archive/log-tree.js';
import { UncutLog } from './archive/uncut-log.js';
import { CheckpointLog } from './checkpoints/checkpoint-log.js';
import { KeyFolder } from './checkpoints/key-folder.js';
import { AuditConfig } from './config.js';
import { SignedTree } from './tree/signed-tree.js';
import { TreeRunner } from './tree/tree-runner.js';
import { Trees } from './tree/trees.js';

/** The process-wide instances: the log as audit reads and writes it, and its trees. */
@Global()
@Module({
  providers: [
    {
      provide: AuditConfig,
      useFactory: ({ environment }: ServiceContext) => readConfig(AuditConfig, environment),
      inject: [SERVICE_CONTEXT],
    },
    {
      provide: CheckpointLog,
      useFactory: (store: EventStore, config: AuditConfig) => new CheckpointLog(store, config.AUDIT_ORIGIN),
      inject: [EVENT_STORE, AuditConfig],
    },
    {
      provide: KeyFolder,
      useFactory: (config: AuditConfig) => new KeyFolder(config.AUDIT_KEY_DIR, config.AUDIT_ORIGIN),
      inject: [AuditConfig],
    },
    {
      provide: ARCHIVED,
      useFactory: (context: ServiceContext, keys: KeyFolder, log: CheckpointLog) =>
        archivedOf(context, believedKeys(keys, log)),
      inject: [SERVICE_CONTEXT, KeyFolder, CheckpointLog],
    },
    {
      provide: ArchivedLog,
      useFactory: (archived: Archived | null, { store, logger }: ServiceContext) =>
        new ArchivedLog(store, archived, logger),
      inject: [ARCHIVED, SERVICE_CONTEXT],
    },
    {
      provide: UncutLog,
      useFactory: ({ store }: ServiceContext, archived: Archived | null, filled: ArchivedLog) =>
        new UncutLog(store, archived, filled),
      inject: [SERVICE_CONTEXT, ARCHIVED, ArchivedLog],
    },
    {
      provide: LOG_TREE,
      useFactory: (trees: Trees, config: AuditConfig) => new SignedTree(trees, config.AUDIT_ORIGIN),
      inject: [Trees, AuditConfig],
    },
    TreeRunner,
    Trees,
  ],
  exports: [
    AuditConfig,
    CheckpointLog,
    KeyFolder,
    ARCHIVED,
    ArchivedLog,
    UncutLog,
    LOG_TREE,
    TreeRunner,
    Trees,
  ],
})
export class LogModule {}
