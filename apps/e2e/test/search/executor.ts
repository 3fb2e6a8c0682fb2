import type { TxState, TxStatus } from '@interlock/contracts';
import { scenery } from './subject.js';

/**
 * An executor's transaction for one action: a simple model of a device executor, with no shared
 * code.
 */
export type Tx = {
  readonly state: TxState;
  readonly turn: number;
  /** The request of the execution that it accepted. */
  readonly request: string;
  readonly epoch: string;
  /** True once it has read that nothing forbids the start, so it may send its first change. */
  readonly permit: boolean;
  /** How often a change was sent to the device. */
  readonly sent: number;
  readonly good: boolean;
};

export const noTx: Tx = {
  state: 'NONE',
  turn: 0,
  request: '',
  epoch: '',
  permit: false,
  sent: 0,
  good: true,
};

export const txKey = ({ state, turn, request, epoch, permit, sent, good }: Tx): string =>
  `${state}.${turn}.${request.slice(0, 6)}.${epoch}.${permit}.${sent}.${good}`;

/** True while the device has a change that is neither permanent nor rolled back. */
export const isTentative = ({ state }: Tx): boolean => state === 'TENTATIVE' || state === 'OBSERVED';

/** Takes a new turn, and gives up an earlier one. */
export const takeTurn = (tx: Tx, turn: number): Tx =>
  ['NONE', 'STALE', 'READY'].includes(tx.state) && turn > tx.turn
    ? { ...noTx, state: 'READY', turn, sent: tx.sent }
    : tx;

/** Accepts the execution if it holds its turn. */
export const accept = (tx: Tx, request: string, epoch: string, turn: number): Tx =>
  tx.state === 'READY' && tx.turn === turn ? { ...tx, state: 'PREPARING', request, epoch } : tx;

/** Makes an existing change permanent. */
export const confirm = (tx: Tx): Tx => (isTentative(tx) ? { ...tx, state: 'CONFIRMED' } : tx);

/** Rolls the change back, or closes the transaction if nothing was sent. */
export const undo = (tx: Tx): Tx => {
  if (isTentative(tx)) return { ...tx, state: 'ROLLED_BACK' };
  const isUnsent = ['NONE', 'READY', 'PREPARING', 'STALE'].includes(tx.state);
  return isUnsent ? { ...tx, state: 'REFUSED', permit: false } : tx;
};

/** Gives up work that has not begun, because its turn is too old. */
export const tooOld = (tx: Tx): Tx =>
  tx.state === 'READY' || tx.state === 'PREPARING' ? { ...tx, state: 'STALE', permit: false } : tx;

export const statusOf = (tx: Tx, actionId: string): TxStatus =>
  scenery.tx(tx.state, {
    tx_id: actionId,
    turn: tx.turn,
    observation: tx.state === 'OBSERVED' ? scenery.observation(tx.good ? -5 : 5) : null,
  });
