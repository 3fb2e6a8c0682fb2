import type { DeviceTxState } from '@interlock/network';
import type { Tx } from './context.js';

type Named = Pick<Tx, 'tenant_id' | 'id'>;
const nameOf = ({ tenant_id: tenantId, id: txId }: Named): string => `${tenantId} ${txId}`;

/**
 * The commits that the journal assigns to this process and that it has not yet handed to a
 * transport. The device has certainly not received them, but only this process knows that. Any
 * later process must assume that they were sent.
 */
export class UnsentCommits {
  readonly #requests = new Map<string, string>();

  /**
   * Records that the journal holds the request of a commit by this process, which may be sent from
   * now on.
   */
  asked(tx: Named, requestId: string): void {
    this.#requests.set(nameOf(tx), requestId);
  }

  /** Removes a commit in the step that hands it to the transport. */
  handedOver(tx: Named): void {
    this.#requests.delete(nameOf(tx));
  }

  /** Forgets a transaction that is finished. */
  forget(tx: Named): void {
    this.#requests.delete(nameOf(tx));
  }

  has(tx: Named, requestId: string | undefined): boolean {
    return requestId !== undefined && this.#requests.get(nameOf(tx)) === requestId;
  }
}

/**
 * Returns whether no process sent anything of a rollback. The append that relies on it must be at
 * the revision of the state.
 */
export const isRollbackUnsent = (
  unsent: UnsentCommits,
  instance: string,
  tx: Named,
  { rollback }: Pick<DeviceTxState, 'rollback'>,
): boolean =>
  rollback !== null &&
  (!rollback.is_sent ||
    (rollback.senders.every((sender) => sender === instance) && unsent.has(tx, rollback.request_id)));
