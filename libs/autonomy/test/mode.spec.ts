import { describe, expect, it } from '@jest/globals';
import { autonomyModes } from '@interlock/contracts';
import { fold, given } from '@interlock/kernel';
import {
  explainMode,
  listModes,
  lookupInList,
  lookupInStates,
  modeDecider,
  resolveMode,
  type ConfiguredMode,
  type ModeCommand,
  type ModeEvent,
  type ModeState,
} from '../src/index.js';
import { casesOf } from './acceptance.js';

const query = { tenant_id: 't1', account_id: 'a1', action_type: 'cell_failover' };
const set = (data: Extract<ModeEvent, { type: 'AutonomyModeSet' }>['data']): ModeEvent => ({
  type: 'AutonomyModeSet',
  data,
});

/** The states of the configuration streams for a case's list of configurations. */
const statesOf = (
  configs: readonly (Partial<ConfiguredMode> & { global?: boolean })[],
): ReadonlyMap<string, ModeState> => {
  const states = new Map<string, ModeState>();
  for (const { tenant_id, global, mode, ...key } of configs) {
    const tenant = global === true ? '_system' : tenant_id!;
    states.set(
      tenant,
      fold(
        modeDecider,
        [set({ ...key, mode: mode! })],
        { tenant_id: tenant },
        states.get(tenant) ?? modeDecider.initial,
      ),
    );
  }
  return states;
};

describe('a forged event among the modes', () => {
  it('lets only DISABLED be set', () => {
    const { takes } = modeDecider.inSpiteOfForgery!;
    const taken = (command: ModeCommand): boolean => takes(command, modeDecider.initial);
    expect(autonomyModes.filter((mode) => taken({ kind: 'SetMode', key: {}, mode }))).toEqual(['DISABLED']);
    expect(taken({ kind: 'RemoveMode', key: {} })).toBe(false);
    expect(taken({ kind: 'SetTarget', target_share: 0.9 })).toBe(false);
  });
});

describe("the precedence of autonomy modes, as the seed's cases have it", () => {
  const cases = casesOf('autonomy_precedence');
  for (const { id, input, expect: wanted } of cases.filter((c) => 'configs' in c.input)) {
    it(id, () => {
      const configs = input['configs'] as readonly (ConfiguredMode & { global?: boolean })[];
      expect(resolveMode(lookupInStates(statesOf(configs)), query)).toMatchObject(wanted);
      const flat = configs.map((c): ConfiguredMode =>
        c.global === true ? { tenant_id: '_system', mode: c.mode } : c,
      );
      expect(resolveMode(lookupInList(flat), query)).toMatchObject(wanted);
    });
  }

  it('mode.bad names a mode that no list of modes has', () => {
    const { mode } = cases.find(({ id }) => id === 'mode.bad')!.input['put'] as { mode: string };
    expect(autonomyModes as readonly string[]).not.toContain(mode);
  });

  it('mode.put_is_audited: the event carries who and when, and both stand in the configuration', () => {
    const { input, expect: wanted } = cases.find(({ id }) => id === 'mode.put_is_audited')!;
    const { mode, updated_by } = input['put'] as { mode: 'DISABLED'; updated_by: string };
    const { events, state } = given(modeDecider, [], {
      tenant_id: 't1',
      actor: { kind: 'person', person_id: updated_by },
    }).when({ kind: 'SetMode', key: {}, mode });
    expect(events).toEqual([set({ mode })]);
    expect(listModes(state)).toEqual([
      {
        pk: 'TENANT#t1',
        sk: 'AUTONOMY#DEFAULT',
        tenant_id: 't1',
        mode: 'DISABLED',
        updated_at: '2026-01-01T00:00:00.000Z',
        updated_by: 'u1',
        policy_version: 'AutonomyModeConfigV1',
      },
    ]);
    expect((wanted['stored'] as Record<string, string>)['policy_version']).toBe('AutonomyModeConfigV1');
  });
});

describe('the mode configuration of a tenant', () => {
  it('names account and action type in the published keys', () => {
    const state = fold(
      modeDecider,
      [
        set({ account_id: 'a1', action_type: 'qos_tune', mode: 'AUTO_EXECUTE' }),
        set({ account_id: 'a1', mode: 'DISABLED' }),
      ],
      { tenant_id: 't1' },
    );
    expect(listModes(state).map(({ pk, sk }) => [pk, sk])).toEqual([
      ['TENANT#t1#ACCOUNT#a1', 'AUTONOMY#DEFAULT'],
      ['TENANT#t1#ACCOUNT#a1', 'AUTONOMY#qos_tune'],
    ]);
  });

  it('keeps only the last mode for a key', () => {
    const state = fold(modeDecider, [set({ mode: 'AUTO_EXECUTE' }), set({ mode: 'DISABLED' })]);
    expect(listModes(state).map(({ mode }) => mode)).toEqual(['DISABLED']);
  });

  it('writes nothing for a repeat', () => {
    expect(
      given(modeDecider, [set({ account_id: 'a1', mode: 'DISABLED' })]).when({
        kind: 'SetMode',
        key: { account_id: 'a1' },
        mode: 'DISABLED',
      }).events,
    ).toEqual([]);
    expect(given(modeDecider, []).when({ kind: 'RemoveMode', key: { account_id: 'a1' } }).events).toEqual([]);
    expect(given(modeDecider, []).when({ kind: 'SetTimeZone', time_zone: 'UTC' }).events).toEqual([]);
  });

  it('falls back to the next level when a mode is removed', () => {
    const { events, state } = given(modeDecider, [
      set({ mode: 'PROPOSE_ONLY' }),
      set({ account_id: 'a1', mode: 'AUTO_EXECUTE' }),
    ]).when({ kind: 'RemoveMode', key: { account_id: 'a1' } });
    expect(events).toEqual([{ type: 'AutonomyModeRemoved', data: { account_id: 'a1' } }]);
    expect(resolveMode(lookupInStates(new Map([['t1', state]])), query)).toEqual({
      mode: 'PROPOSE_ONLY',
      matched_level: 4,
    });
  });

  it('leaves the state before an event as it was', () => {
    const before = fold(modeDecider, [set({ mode: 'PROPOSE_ONLY' })]);
    fold<ModeCommand, ModeEvent, ModeState>(
      modeDecider,
      [set({ mode: 'DISABLED' }), { type: 'AutonomyModeRemoved', data: {} }],
      {},
      before,
    );
    expect(listModes(before).map(({ mode }) => mode)).toEqual(['PROPOSE_ONLY']);
  });

  it('lists only the modes of a named account', () => {
    const state = fold(modeDecider, [
      set({ mode: 'PROPOSE_ONLY' }),
      set({ account_id: 'a1', mode: 'DISABLED' }),
      set({ account_id: 'a2', mode: 'DISABLED' }),
    ]);
    expect(listModes(state, 'a1').map(({ account_id }) => account_id)).toEqual(['a1']);
    expect(listModes(state)).toHaveLength(3);
  });

  it("keeps the tenant's time zone beside its modes", () => {
    const { events, state } = given(modeDecider, []).when({
      kind: 'SetTimeZone',
      time_zone: 'Europe/Berlin',
    });
    expect(events).toEqual([{ type: 'TimeZoneSet', data: { time_zone: 'Europe/Berlin' } }]);
    expect(state.time_zone).toBe('Europe/Berlin');
  });

  it("keeps the tenant's target share of good outcomes, within its bounds", () => {
    expect(modeDecider.initial.target).toEqual({ share: 0.95, set_at: null, set_by: null });
    for (const target_share of [0.5, 0.95, 0.999]) {
      const { events, state } = given(modeDecider, []).when({ kind: 'SetTarget', target_share });
      expect(events).toEqual([{ type: 'AutonomyTargetSet', data: { target_share } }]);
      expect(state.target.share).toBe(target_share);
      expect(modeDecider.decide({ kind: 'SetTarget', target_share }, state)).toEqual([]);
    }
    for (const target_share of [0.499, 0.9991, 1, 0, -1, Number.NaN])
      expect(() => modeDecider.decide({ kind: 'SetTarget', target_share }, modeDecider.initial)).toThrow(
        'the target must be 0.5 to 0.999',
      );
  });

  it("applies `_system`'s modes for accounts and types only to that tenant, and its default to others", () => {
    const states = statesOf([{ tenant_id: '_system', action_type: 'cell_failover', mode: 'AUTO_EXECUTE' }]);
    expect(resolveMode(lookupInStates(states), query).matched_level).toBeNull();
    expect(resolveMode(lookupInStates(states), { ...query, tenant_id: '_system' })).toEqual({
      mode: 'AUTO_EXECUTE',
      matched_level: 2,
    });
  });

  it('gives a reason for every mode but AUTO_EXECUTE', () => {
    expect(autonomyModes.map((mode) => explainMode(mode).reason)).toEqual([
      'PROPOSE_ONLY',
      'MODE_REQUIRES_APPROVAL',
      null,
      'AUTONOMY_DISABLED',
    ]);
    expect(explainMode('APPROVAL_REQUIRED', null).explanation).toContain('nothing is configured');
    expect(explainMode('DISABLED', 5).explanation).toContain('global default');
  });
});
