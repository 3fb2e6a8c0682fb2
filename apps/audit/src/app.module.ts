import type { BeforeApplicationShutdown, DynamicModule, OnModuleInit } from '@nestjs/common';
import { keysOf, wholeTree, type VerifierKey } from '@interlock/tree';
import { HealthChecks, projectionSettings, readConfig, type ServiceContext } from '@interlock/platform';
import { ProjectionRunner } from '@interlock/postgres';
import { ArchiveModule, archivedOf } from './archive/archive.module.js';
import { ArchivedLog, type Archived } from './archive/archived-log.js';
import { FilledLog } from './archive/filled-log.js';
import { AuditController } from './audit.controller.js';
import { CheckpointLog } from './checkpoints/checkpoint-log.js';
import { Inconsistencies } from './checkpoints/inconsistencies.js';
import { KeyFolder } from './checkpoints/key-folder.js';
import { Publisher } from './checkpoints/publisher.js';
import { AuditConfig } from './config.js';
import { ExportController } from './export/export.controller.js';
import { SealedExport } from './export/sealed-export.js';
import { MirrorSet } from './mirrors/mirror-set.js';
import { PrivacyModule } from './privacy/privacy.module.js';
import { ProofsController } from './proofs/proofs.controller.js';
import { ProofsQueries } from './proofs/proofs.queries.js';
import { LogScrub } from './tree/log-scrub.js';
import { SignedTree } from './tree/signed-tree.js';
import { treeProjection } from './tree/tree-projection.js';
import type { TreeDatabase } from './tree/tables.js';
import { Trees } from './tree/trees.js';

/** What runs beside the requests. */
export class Lifecycle implements OnModuleInit, BeforeApplicationShutdown {
  constructor(
    private readonly trees: Trees,
    private readonly publisher: Publisher,
    private readonly mirrors: MirrorSet,
    private readonly scrub: LogScrub,
    private readonly log: ArchivedLog,
    private readonly health: HealthChecks,
  ) {}

  async onModuleInit(): Promise<void> {
    this.health.add('read model tree', () => this.trees.runner.check());
    this.health.add('archived log', () =>
      Promise.resolve().then(() => {
        this.log.check();
      }),
    );
    this.health.add('checkpoints', () => this.publisher.check());
    this.health.add(
      'mirrors',
      () =>
        new Promise((resolve) => {
          resolve(this.mirrors.check());
        }),
    );
    await this.trees.runner.start();
    this.publisher.start();
    this.mirrors.start();
    this.scrub.start();
  }

  async beforeApplicationShutdown(): Promise<void> {
    await Promise.all([this.publisher.stop(), this.mirrors.stop(), this.scrub.stop()]);
    await this.trees.runner.stop();
    this.log.close();
  }
}

/** The log with what was archived of it, which is believed by the keys of `AUDIT_KEY_DIR`, else by those that the log names. */
export const archivedLogOf = (
  {
    store,
    environment,
    logger,
  }: Pick<ServiceContext, 'store' | 'environment'> & {
    readonly logger: Pick<ServiceContext['logger'], 'warn'>;
  },
  { AUDIT_KEY_DIR: dir, AUDIT_ORIGIN: origin }: AuditConfig,
  attempts?: number,
): { readonly log: ArchivedLog; readonly archived: Archived | null } => {
  const keys = async (): Promise<readonly VerifierKey[]> => {
    const chain =
      (await new KeyFolder(dir, origin).chain()) ?? (await new CheckpointLog(store, origin).keys());
    return chain === null ? [] : (keysOf(chain) ?? []);
  };
  const archived = archivedOf({ environment }, keys);
  return { log: new ArchivedLog(store, archived, logger, attempts), archived };
};

/** All the wiring of audit: it reads the log, proves it, and keeps what people are known by. */
export class AppModule {
  static register(context: ServiceContext): DynamicModule {
    const { store, environment } = context;
    const config = readConfig(AuditConfig, environment);
    const { AUDIT_ORIGIN: origin } = config;
    const log = new CheckpointLog(store, origin);
    const keys = new KeyFolder(config.AUDIT_KEY_DIR, origin);
    const { log: archivedLog, archived } = archivedLogOf(context, config);
    const runner = new ProjectionRunner<TreeDatabase>({
      ...projectionSettings(context),
      store: archivedLog,
      projection: treeProjection(),
      batchSize: 4096,
      idleMs: 50,
    });
    const trees = new Trees(runner, store);
    const inconsistencies = new Inconsistencies(log, context);
    const mirrors = new MirrorSet({ trees, log, inconsistencies, config, context });
    const publisher = new Publisher({ trees, keys, log, inconsistencies, mirrors, config, context });
    const scrub = new LogScrub({
      trees,
      store,
      archived,
      everyMs: config.AUDIT_SCRUB_HOURS * 3_600_000,
      context,
    });
    return {
      module: AppModule,
      imports: [
        PrivacyModule.register(context),
        ArchiveModule.register(context, new SignedTree(trees, wholeTree, origin)),
      ],
      controllers: [AuditController, ProofsController, ExportController],
      providers: [
        {
          provide: SealedExport,
          useValue: new SealedExport({
            trees,
            publisher,
            mirrors,
            store,
            filled: new FilledLog(trees, store, archived),
          }),
        },
        { provide: ProofsQueries, useValue: new ProofsQueries(trees, store, origin) },
        {
          provide: Lifecycle,
          useFactory: (health: HealthChecks) =>
            new Lifecycle(trees, publisher, mirrors, scrub, archivedLog, health),
          inject: [HealthChecks],
        },
      ],
    };
  }
}
