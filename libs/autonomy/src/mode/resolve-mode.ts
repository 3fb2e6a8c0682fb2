import { systemTenant, type AutonomyMode } from '@interlock/contracts';
import { modeKey, type ModeKey, type ModeState } from './mode-config.js';

export type ModeQuery = {
  readonly tenant_id: string;
  readonly account_id: string;
  readonly action_type: string;
};
export type MatchedLevel = 1 | 2 | 3 | 4 | 5;

/** Finds the configuration entry for a key of a tenant (`_system`: the global default). */
export type ModeLookup = (tenantId: string, key: ModeKey) => AutonomyMode | undefined;

export type ResolvedMode = {
  readonly mode: AutonomyMode;
  /** null if nothing is configured at any level. */
  readonly matched_level: MatchedLevel | null;
};

export type ConfiguredMode = ModeKey & { readonly tenant_id: string; readonly mode: AutonomyMode };

/** A lookup in the states of the configuration streams, by tenant. */
export const lookupInStates =
  (states: ReadonlyMap<string, ModeState>): ModeLookup =>
  (tenantId, key) =>
    states.get(tenantId)?.items.get(modeKey(key))?.mode;

/** A lookup in a plain list; a later entry of the same key replaces an earlier one. */
export const lookupInList = (configs: readonly ConfiguredMode[]): ModeLookup => {
  const byKey = new Map(configs.map((config) => [`${config.tenant_id}|${modeKey(config)}`, config.mode]));
  return (tenantId, key) => byKey.get(`${tenantId}|${modeKey(key)}`);
};

/**
 * The levels at which a mode can be configured, strongest first, each with the tenant that owns its
 * entry.
 */
export const levelsOf = ({
  tenant_id,
  account_id,
  action_type,
}: ModeQuery): readonly (readonly [MatchedLevel, string, ModeKey])[] => [
  [1, tenant_id, { account_id, action_type }],
  [2, tenant_id, { action_type }],
  [3, tenant_id, { account_id }],
  [4, tenant_id, {}],
  [5, systemTenant, {}],
];

/**
 * Returns the mode of an action. The first match wins: account + action type; tenant + action type;
 * account DEFAULT; tenant DEFAULT; global default. Without a match: APPROVAL_REQUIRED.
 */
export const resolveMode = (lookup: ModeLookup, query: ModeQuery): ResolvedMode => {
  for (const [matched_level, tenant, key] of levelsOf(query)) {
    const mode = lookup(tenant, key);
    if (mode !== undefined) return { mode, matched_level };
  }
  return { mode: 'APPROVAL_REQUIRED', matched_level: null };
};

export const originOfLevel: { readonly [level in MatchedLevel]: string } = {
  1: 'configured for this account and action type',
  2: 'configured for this action type of the tenant',
  3: "the account's default",
  4: "the tenant's default",
  5: 'the global default',
};

export type ModeExplanation = {
  /** null for AUTO_EXECUTE. */
  readonly reason: 'AUTONOMY_DISABLED' | 'PROPOSE_ONLY' | 'MODE_REQUIRES_APPROVAL' | null;
  readonly explanation: string;
  readonly policy_clause: 'autonomy_mode';
};

const meaning: {
  readonly [mode in AutonomyMode]: { readonly reason: ModeExplanation['reason']; readonly text: string };
} = {
  AUTO_EXECUTE: { reason: null, text: 'may go on by itself' },
  APPROVAL_REQUIRED: { reason: 'MODE_REQUIRES_APPROVAL', text: "needs a person's approval" },
  PROPOSE_ONLY: { reason: 'PROPOSE_ONLY', text: 'is proposed only and never runs by itself' },
  DISABLED: { reason: 'AUTONOMY_DISABLED', text: 'is blocked' },
};

/** The explanation of a mode, the same for gate 3 and the auto-approval policy. */
export const explainMode = (mode: AutonomyMode, matchedLevel?: MatchedLevel | null): ModeExplanation => {
  const from =
    matchedLevel === undefined
      ? ''
      : matchedLevel === null
        ? ' (nothing is configured)'
        : ` (${originOfLevel[matchedLevel]})`;
  return {
    reason: meaning[mode].reason,
    explanation: `autonomy mode ${mode}${from}: the action ${meaning[mode].text}`,
    policy_clause: 'autonomy_mode',
  };
};
