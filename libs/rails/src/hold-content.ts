import { same } from './gates/covering.js';
import type { Hold, HoldContent } from './gates/gate.js';
import { gates, type GateName } from './gates/table.js';

/** The content of the hold of an action that can neither be tried nor undone; it stands at the gate that says who decides. */
export const irreversibleContent = (actionType: string): HoldContent => ({ irreversible: actionType });

/** A hold as it is compared; `content` is absent where it is not known. */
type Held = { readonly gate: GateName; readonly hold: Hold; readonly content?: HoldContent };

const coversContent = (
  gate: GateName,
  said: HoldContent | undefined,
  now: HoldContent | undefined,
): boolean => {
  if (said === undefined || now === undefined) return false;
  if (said['irreversible'] !== undefined || now['irreversible'] !== undefined)
    return same(said, now, 'irreversible');
  return gates[gate].covers(said, now);
};

/** True where a yes to one of the holds that were shown is a yes to what holds now: of the same gate, no stricter, and about the same or better. An unknown content is covered by nothing. */
export const isCovered = (now: Held, shown: readonly Held[]): boolean =>
  shown.some(
    (said) =>
      said.gate === now.gate &&
      (said.hold === 'approval' || now.hold === 'window') &&
      coversContent(now.gate, said.content, now.content),
  );
