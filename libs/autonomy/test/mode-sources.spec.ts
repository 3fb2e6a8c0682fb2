import { describe, expect, it } from '@jest/globals';
import { fold } from '@interlock/kernel';
import { modeDecider, modeSources, type ModeEvent, type ModeKey, type ModeState } from '../src/index.js';

const query = { tenant_id: 't1', account_id: 'ran', action_type: 'cell_failover' };
const keys: readonly (readonly [tenant: string, key: ModeKey])[] = [
  ['t1', { account_id: 'ran', action_type: 'cell_failover' }],
  ['t1', { action_type: 'cell_failover' }],
  ['t1', { account_id: 'ran' }],
  ['t1', {}],
  ['_system', {}],
];

/** A configuration with an entry at exactly the given levels. */
const configured = (levels: readonly number[]): ReadonlyMap<string, ModeState> => {
  const states = new Map<string, ModeState>();
  for (const level of levels) {
    const [tenant, key] = keys[level - 1] ?? ['t1', {}];
    const event: ModeEvent = { type: 'AutonomyModeSet', data: { ...key, mode: 'AUTO_EXECUTE' } };
    states.set(
      tenant,
      fold(modeDecider, [event], { tenant_id: tenant }, states.get(tenant) ?? modeDecider.initial),
    );
  }
  return states;
};

/** Every set of levels, the empty one first. */
const everySet = Array.from({ length: 32 }, (_, bits) =>
  [1, 2, 3, 4, 5].filter((level) => (bits & (1 << (level - 1))) !== 0),
);

describe('the sources of a mode', () => {
  it.each(everySet.map((levels) => [levels.join(', ') || 'nothing', levels] as const))(
    'name the deciding entry and the losing ones, with %s configured',
    (_title, levels) => {
      const sources = modeSources(configured(levels), query);
      const outcomes = sources.levels.map(({ outcome }) => outcome);
      expect(outcomes).toEqual(
        [1, 2, 3, 4, 5].map((level) =>
          !levels.includes(level) ? 'not_configured' : level === levels[0] ? 'decided' : 'outranked',
        ),
      );
      expect(sources.matched_level).toBe(levels[0] ?? null);
      expect(sources.mode).toBe(levels.length === 0 ? 'APPROVAL_REQUIRED' : 'AUTO_EXECUTE');
      expect(sources.decided_by).toEqual(
        sources.levels.find(({ level }) => level === levels[0])?.entry ?? null,
      );
    },
  );

  it('name the stronger level for a losing entry', () => {
    const sources = modeSources(configured([2, 5]), query);
    expect(sources.levels.map(({ explanation }) => explanation)).toEqual([
      'nothing is configured for this account and action type',
      'AUTO_EXECUTE, configured for this action type of the tenant, decides',
      "the account's default is not configured",
      "the tenant's default is not configured",
      'AUTO_EXECUTE, the global default, would decide, but level 2 comes before level 5',
    ]);
  });

  it('ignore the configuration of other accounts and tenants', () => {
    const sources = modeSources(configured([1, 3]), { ...query, account_id: 'other' });
    expect(sources.matched_level).toBeNull();
    expect(modeSources(configured([1, 2, 3, 4]), { ...query, tenant_id: 't2' }).decided_by).toBeNull();
  });
});
