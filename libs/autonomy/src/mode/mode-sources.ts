import { modeKey, type AutonomyModeConfigV1, type ModeKey, type ModeState } from './mode-config.js';
import {
  explainMode,
  levelsOf,
  lookupInStates,
  originOfLevel,
  resolveMode,
  type MatchedLevel,
  type ModeExplanation,
  type ModeQuery,
  type ResolvedMode,
} from './resolve-mode.js';

/**
 * The result of a level: its entry decides; it would decide, but a stronger level has one; or it
 * has no entry.
 */
export type ModeLevel = ModeKey & {
  readonly level: MatchedLevel;
  /** The tenant of the configuration; `_system` for the global default. */
  readonly tenant_id: string;
  readonly outcome: 'decided' | 'outranked' | 'not_configured';
  /** The configured entry; null if there is none. */
  readonly entry: AutonomyModeConfigV1 | null;
  readonly explanation: string;
};

/** The configuration entry that decides a mode, and the matching ones that do not. */
export type ModeSources = ModeQuery &
  ResolvedMode &
  ModeExplanation & {
    /** The entry that decides; null if nothing is configured. */
    readonly decided_by: AutonomyModeConfigV1 | null;
    /** All five levels, strongest first. */
    readonly levels: readonly ModeLevel[];
  };

const outcomeAt = (
  level: MatchedLevel,
  configured: boolean,
  matched: MatchedLevel | null,
): ModeLevel['outcome'] => (!configured ? 'not_configured' : level === matched ? 'decided' : 'outranked');

const said = (
  level: MatchedLevel,
  matched: MatchedLevel | null,
  entry: AutonomyModeConfigV1 | null,
): string => {
  const where = originOfLevel[level];
  if (entry === null)
    return where.startsWith('configured') ? `nothing is ${where}` : `${where} is not configured`;
  return level === matched || matched === null
    ? `${entry.mode}, ${where}, decides`
    : `${entry.mode}, ${where}, would decide, but level ${matched} comes before level ${level}`;
};

/**
 * Explains the configured mode of a tenant's account and action type: the entry that decides, and
 * the entry that would decide at every other level. `states` are the configuration streams by
 * tenant, including that of `_system`. Pure.
 */
export const modeSources = (states: ReadonlyMap<string, ModeState>, query: ModeQuery): ModeSources => {
  const resolved = resolveMode(lookupInStates(states), query);
  const { matched_level } = resolved;
  const levels = levelsOf(query).map(([level, tenant_id, key]): ModeLevel => {
    const entry = states.get(tenant_id)?.items.get(modeKey(key)) ?? null;
    const outcome = outcomeAt(level, entry !== null, matched_level);
    return {
      level,
      tenant_id,
      ...key,
      outcome,
      entry,
      explanation: said(level, matched_level, entry),
    };
  });
  const { tenant_id, account_id, action_type } = query;
  return {
    tenant_id,
    account_id,
    action_type,
    ...resolved,
    ...explainMode(resolved.mode, matched_level),
    decided_by: levels.find(({ outcome }) => outcome === 'decided')?.entry ?? null,
    levels,
  };
};
