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

/** The longest time that one call waits. A longer check continues, and the caller asks again. */
const deadlineMs = 25_000;

type Parts = {
  readonly rpc: Pick<RpcClient, 'call'>;
  readonly context: ServiceContext;
  readonly log: EventStore;
};

/**
 * Checks the read models of every service, including audit's own. Throws `service-unreachable` if a
 * service does not answer: its check has neither passed nor failed.
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
  // Audit's own tree is built from the archived log, and other checks recompute its content. So
  // this check covers only the shape of its tables.
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
