import { Inject, Injectable } from '@nestjs/common';
import { projectionSettings, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { ProjectionRunner } from '@interlock/postgres';
import { ArchivedLog } from '../archive/archived-log.js';
import type { TreeDatabase } from './tables.js';
import { treeProjection } from './tree-projection.js';

/** Runs the projection of the trees, which are built from the log and its archive. */
@Injectable()
export class TreeRunner extends ProjectionRunner<TreeDatabase> {
  constructor(@Inject(SERVICE_CONTEXT) context: ServiceContext, store: ArchivedLog) {
    super({
      ...projectionSettings(context),
      store,
      readsCut: true,
      projection: treeProjection(),
      batchSize: 4096,
      idleMs: 50,
    });
  }
}
