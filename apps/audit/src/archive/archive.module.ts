import { openStore } from '@interlock/archive';
import {
  backoff,
  HealthChecks,
  nowText,
  readConfig,
  SERVICE_CONTEXT,
  type ServiceContext,
} from '@interlock/platform';
import { tryLock } from '@interlock/postgres';
import { Module, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { archiveRecord } from './archive-record.js';
import { ArchiveRunner } from './archive-runner.js';
import { ArchiveView, type ArchiveParts } from './archive-view.js';
import { ArchiveController } from './archive.controller.js';
import { Archiver } from './archiver.js';
import { ArchiveConfig } from './config.js';
import { LOG_TREE, type LogTree } from './log-tree.js';

const lockName = 'interlock: the archive of the log';

/** Archives while the service runs. */
class ArchiveLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly parts: ArchiveParts | null,
    private readonly health: HealthChecks,
  ) {}

  onApplicationBootstrap(): void {
    if (this.parts === null) return;
    const { runner } = this.parts;
    this.health.add('archive', () => Promise.resolve().then(() => runner.check()));
    runner.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.parts?.runner.stop();
  }
}

/** The token of the parts that archive the log; null if no archive is configured. */
const ARCHIVE_PARTS = Symbol('ARCHIVE_PARTS');

/** The module of the archive. */
@Module({
  controllers: [ArchiveController],
  providers: [
    {
      provide: ARCHIVE_PARTS,
      useFactory: (context: ServiceContext, tree: LogTree) =>
        partsOf(context, readConfig(ArchiveConfig, context.environment), tree),
      inject: [SERVICE_CONTEXT, LOG_TREE],
    },
    {
      provide: ArchiveView,
      useFactory: (parts: ArchiveParts | null) => new ArchiveView(parts),
      inject: [ARCHIVE_PARTS],
    },
    {
      provide: ArchiveLifecycle,
      useFactory: (parts: ArchiveParts | null, health: HealthChecks) => new ArchiveLifecycle(parts, health),
      inject: [ARCHIVE_PARTS, HealthChecks],
    },
  ],
  exports: [ArchiveView],
})
export class ArchiveModule {}

const partsOf = (context: ServiceContext, config: ArchiveConfig, tree: LogTree): ArchiveParts | null => {
  const { store: log, logger, metrics, database } = context;
  if (config.AUDIT_ARCHIVE === undefined) return null;
  const cut = new AbortController();
  const store = openStore(config.AUDIT_ARCHIVE, { ...config }, { signal: cut.signal });
  const archiver = new Archiver({
    store,
    log,
    tree,
    record: archiveRecord(log, backoff, nowText),
    events: config.AUDIT_ARCHIVE_EVENTS,
    maxAgeMs: config.AUDIT_ARCHIVE_SECONDS * 1000,
    level: config.AUDIT_ARCHIVE_LEVEL,
    now: Date.now,
  });
  const runner = new ArchiveRunner({
    archiver,
    location: store.location,
    lock: () => tryLock(database, `${lockName} ${store.location}`),
    logger,
    metrics,
    cut,
  });
  return { archive: archiver.archive, runner, tree };
};
