import { Archive, openStore } from '@interlock/archive';
import type { VerifierKey } from '@interlock/tree';
import { backoff, HealthChecks, nowText, readConfig, type ServiceContext } from '@interlock/platform';
import { tryLock } from '@interlock/postgres';
import type { BeforeApplicationShutdown, DynamicModule, OnApplicationBootstrap } from '@nestjs/common';
import { archiveRecord } from './archive-record.js';
import { ArchiveRunner } from './archive-runner.js';
import { ArchiveView, type ArchiveParts } from './archive-view.js';
import { ArchiveController } from './archive.controller.js';
import type { Archived } from './archived-log.js';
import { Archiver } from './archiver.js';
import { ArchiveConfig } from './config.js';
import type { LogTree } from './log-tree.js';

const lockName = 'interlock: the archive of the log';

/** Archives while the service runs. */
export class ArchiveLifecycle implements OnApplicationBootstrap, BeforeApplicationShutdown {
  constructor(
    private readonly parts: ArchiveParts | null,
    private readonly health: HealthChecks,
  ) {}

  onApplicationBootstrap(): void {
    if (this.parts === null) return;
    const { runner } = this.parts;
    this.health.add('archive', () =>
      Promise.resolve().then(() => {
        runner.check();
      }),
    );
    runner.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await this.parts?.runner.stop();
  }
}

/** All the wiring of the archive: `imports: [ArchiveModule.register(context, tree)]` in the service's own module. */
export class ArchiveModule {
  static register(context: ServiceContext, tree: LogTree): DynamicModule {
    const parts = partsOf(context, readConfig(ArchiveConfig, context.environment), tree);
    return {
      module: ArchiveModule,
      controllers: [ArchiveController],
      providers: [
        { provide: ArchiveView, useValue: new ArchiveView(parts) },
        {
          provide: ArchiveLifecycle,
          useFactory: (health: HealthChecks) => new ArchiveLifecycle(parts, health),
          inject: [HealthChecks],
        },
      ],
      exports: [ArchiveView],
    };
  }
}

/** What was archived, for whoever reads the log as it was; null where no archive is configured. */
export const archivedOf = (
  { environment }: Pick<ServiceContext, 'environment'>,
  keys: () => Promise<readonly VerifierKey[]>,
): Archived | null => {
  const config = readConfig(ArchiveConfig, environment);
  return config.AUDIT_ARCHIVE === undefined
    ? null
    : { archive: new Archive(openStore(config.AUDIT_ARCHIVE, { ...config })), keys };
};

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
    tree,
    location: store.location,
    lock: () => tryLock(database, `${lockName} ${store.location}`),
    logger,
    metrics,
    cut,
  });
  return { archive: archiver.archive, runner, tree };
};
