import {
  readModelServices,
  type CheckReadModelsAnswer,
  type CheckReadModelsRequest,
} from '@interlock/contracts';
import type { RpcClient } from '@interlock/jetstream';
import type { EventStore } from '@interlock/kernel';
import { checkReadModels, type ServiceContext } from '@interlock/platform';
import { projectionsOf } from '@interlock/postgres';
import { recordsProjection } from '../people/records.projection.js';
import { treeProjection } from '../tree/tree-projection.js';
import type { Findings } from './findings.js';

/** How long one call waits; a check that takes longer goes on and is asked for again. */
const deadlineMs = 25_000;

type Parts = {
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly context: ServiceContext;
  readonly log: EventStore;
};

/**
 * Checks the read models of every service, audit's own among them. Throws `service-unreachable`
 * where one does not answer: it has neither passed nor failed.
 */
export const checkAllReadModels = async (
  { rpc, context, log }: Parts,
  request: CheckReadModelsRequest,
  found: Findings,
): Promise<void> => {
  const take = ({ checked, findings }: CheckReadModelsAnswer): void => {
    found.checked += checked;
    for (const { code, detail, position } of findings) found.add(code, detail, position);
  };
  // Audit's own tree is made from the log as it was archived; what it holds is recomputed from the
  // log elsewhere, so that its tables' shape is enough.
  const { database, service, logger } = context;
  take(
    await checkReadModels(
      { database, service, logger, store: log },
      projectionsOf(treeProjection()),
      'shape',
    ),
  );
  take(
    await checkReadModels(
      { database, service, logger, store: log },
      projectionsOf(recordsProjection),
      request.kind,
    ),
  );
  for (const owner of readModelServices)
    take(await rpc.call(`${owner}.check_read_models`, request, { deadlineMs }));
};
