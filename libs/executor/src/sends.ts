import type { SendAgain, SendRollback } from './port.js';
import { sendUnder, takePermitAgain, takeRollbackPermit, type PermitParts } from './start-permit.js';
import type { Work, WorkAt, WorkState } from './work.js';

type Driver = Pick<PermitParts, 'store' | 'executor' | 'lease_ms'>;
type Sender = Pick<PermitParts, 'tenant_id' | 'action_id' | 'throwIfStopping'>;

/** The parts of a permit that follow from the driver and the work. */
export const permitParts = (
  { store, executor, lease_ms }: Driver,
  { tenant_id, action_id, throwIfStopping }: Sender,
): Driver & Sender => ({ store, executor, lease_ms, tenant_id, action_id, throwIfStopping });

/** How the port sends again what it requested for this work. */
export const againOf =
  (driver: Driver, work: Sender, { state: { apply } }: WorkAt<WorkState>): SendAgain =>
  async (send) => {
    if (apply === null) throw new TypeError('requested work has no apply');
    const { result } = await sendUnder(
      () => takePermitAgain({ ...permitParts(driver, work), apply }),
      () => Promise.resolve(),
      send,
    );
    return result;
  };

/** How the port sends a rollback for this work. */
export const rollbackOf =
  <C, S extends WorkState>(
    driver: Driver,
    work: Sender & Pick<Work<C, S>, 'record' | 'now'>,
  ): SendRollback<C, S> =>
  async ({ request_id, action_type, request, at, requested, send }) => {
    const { result } = await sendUnder(
      () => takeRollbackPermit({ ...permitParts(driver, work), action_type, request_id }),
      async () => {
        // INVARIANT: the append at this revision proves that nobody else continued the work.
        const asked = await work.record(request, at ?? (await work.now()).revision);
        await requested?.(asked);
        return asked;
      },
      send,
    );
    return result;
  };
