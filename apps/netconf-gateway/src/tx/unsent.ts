import type { DeviceTxState } from '@interlock/network';
import type { Tx } from './context.js';

type Named = Pick<Tx, 'tenant_id' | 'id'>;
const nameOf = ({ tenant_id: tenantId, id: txId }: Named): string => `${tenantId} ${txId}`;

/**
 * The commits that the journal says this process was to send, and that it has not handed to a
 * transport: of these alone it is known that the device never heard of them, and this process alone
 * knows it. Whoever comes after it takes them for sent.
 */
export class UnsentCommits {
  readonly #requests = new Map<string, string>();

  /**
   * The commit of a request stands in the journal, by this process, and goes out at the earliest
   * from now on.
   */
  asked(tx: Named, requestId: string): void {
    this.#requests.set(nameOf(tx), requestId);
  }

  /** In the step that hands it to the transport. */
  handedOver(tx: Named): void {
    this.#requests.delete(nameOf(tx));
  }

  /** Nothing is left to do for the transaction. */
  forget(tx: Named): void {
    this.#requests.delete(nameOf(tx));
  }

  has(tx: Named, requestId: string | undefined): boolean {
    return requestId !== undefined && this.#requests.get(nameOf(tx)) === requestId;
  }
}

/**
 * True where nothing of a rollback was sent, by anybody. The append that says so has to be at the
 * revision of the state.
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
