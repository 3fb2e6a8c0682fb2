import type { Standing } from './earned-events.js';
import { modeKey, type ModeKey, type ModeState } from '../mode/mode-config.js';
import { levelsOf, lookupInStates, resolveMode } from '../mode/resolve-mode.js';

/** An account and action type with its step. */
export type StepCell = {
  readonly account_id: string;
  readonly action_type: string;
  readonly standing: Standing;
};

/**
 * Finds the steps that end when a mode is set, and those that continue. `states` already include
 * the new entry. A step up ends if the new entry decides. A step down ends only if a person set the
 * mode of exactly its account and action type. An entry for more than that does not reverse a step
 * down. Pure.
 */
export const stepsUnder = (
  states: ReadonlyMap<string, ModeState>,
  {
    tenant_id,
    key,
    byPerson,
  }: { readonly tenant_id: string; readonly key: ModeKey; readonly byPerson: boolean },
  cells: readonly StepCell[],
): { readonly ended: readonly StepCell[]; readonly held: readonly StepCell[] } => {
  const ended: StepCell[] = [];
  const held: StepCell[] = [];
  for (const cell of cells) {
    const query = { tenant_id, account_id: cell.account_id, action_type: cell.action_type };
    const { matched_level, mode } = resolveMode(lookupInStates(states), query);
    const [, tenant, decides] = levelsOf(query).find(([level]) => level === matched_level) ?? [];
    if (tenant !== tenant_id || decides === undefined || modeKey(decides) !== modeKey(key)) continue;
    if (cell.standing.kind === 'up' || (cell.standing.kind === 'down' && matched_level === 1 && byPerson))
      ended.push(cell);
    else if (cell.standing.kind === 'down' && mode === 'AUTO_EXECUTE') held.push(cell);
  }
  return { ended, held };
};
