import { same } from '../gates/covering.js';
import type { Hold, HoldContent } from '../gates/gate.js';
import { gates, type GateName } from '../gates/table.js';

/**
 * Returns the content of the hold of an irreversible action. The hold belongs to the gate that
 * decides who is asked.
 */
export const irreversibleContent = (actionType: string): HoldContent => ({ irreversible: actionType });

/** The parts of a hold that are compared. */
type ComparedHold = { readonly gate: GateName; readonly hold: Hold; readonly content: HoldContent };

const coversContent = (gate: GateName, said: HoldContent, now: HoldContent, loadMoves: boolean): boolean => {
  if (said['irreversible'] !== undefined || now['irreversible'] !== undefined)
    return same(said, now, 'irreversible');
  return gates[gate].covers(said, now, loadMoves);
};

/**
 * True if an approval of one of the shown holds also covers this hold: it belongs to the same gate,
 * is no stricter, and its content is equal or better.
 */
export const isCovered = (now: ComparedHold, shown: readonly ComparedHold[], loadMoves = false): boolean =>
  shown.some(
    (said) =>
      said.gate === now.gate &&
      (said.hold === 'approval' || now.hold === 'window') &&
      coversContent(now.gate, said.content, now.content, loadMoves),
  );
