import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { readOnlyResponses, type PostureLevel } from '@interlock/contracts';
import {
  failingGates,
  planResponses,
  responseGates,
  responseMode,
  withinDay,
  type ResponseGateState,
} from '../src/index.js';

type Case = {
  readonly id: string;
  readonly basis: string;
  readonly input: {
    readonly policy?: PostureLevel;
    readonly apply?: boolean;
    readonly state?: ResponseGateState;
    readonly responses_at_hours_ago?: readonly number[];
    readonly '--apply'?: boolean;
    readonly POLICY_AUTO_APPLY?: string | null;
  };
  readonly expect: {
    readonly blocked?: boolean;
    readonly failing_gates?: readonly string[];
    readonly mode?: string;
    readonly actions_planned?: number;
  } | null;
};
const { gates_in_order, cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/response_runner.json', import.meta.url), 'utf8'),
) as { readonly gates_in_order: readonly string[]; readonly cases: readonly Case[] };
/** Cases that need the service, with the place of their tests. */
const elsewhere: { readonly [id: string]: string } = {
  'resp.chain.failure': 'apps/posture/test/runs.int.spec.ts',
  'resp.undo.anchor': 'apps/posture/test/response-killed.int.spec.ts',
  'resp.unlock_without_reason': 'apps/posture/test/runs.int.spec.ts',
};
const having = (has: (one: Case) => boolean): readonly (readonly [string, Case])[] =>
  cases.filter(has).map((one) => [one.id, one] as const);

describe("the seed's response runner", () => {
  it('has its gates in this order', () => expect(responseGates).toEqual(gates_in_order));

  it.each(having(({ input }) => input.state !== undefined))(
    '%s: the gates',
    (_id, { input, expect: wanted }) => {
      const failing = failingGates(input.state!);
      if (wanted?.failing_gates !== undefined) expect(failing).toEqual(wanted.failing_gates);
      expect(failing.length > 0).toBe(wanted?.blocked ?? false);
    },
  );

  it.each(having(({ input }) => input.responses_at_hours_ago !== undefined))(
    '%s: what lies more than 24 hours back does not count',
    (_id, { input, expect: wanted }) => {
      const now = '2026-01-02T12:00:00.000Z';
      const times = input.responses_at_hours_ago!.map((hours) =>
        new Date(Date.parse(now) - hours * 3_600_000).toISOString(),
      );
      const state = { trust_locked: false, brake_engaged: false, manual_unlocks_today: 0 };
      expect(failingGates({ ...state, responses_24h: withinDay(times, now) }).length > 0).toBe(
        wanted!.blocked,
      );
    },
  );

  it.each(having(({ expect: wanted }) => wanted?.actions_planned !== undefined))(
    '%s: so many actions',
    (_id, { input, expect: wanted }) =>
      expect(planResponses(input.policy!)).toHaveLength(wanted!.actions_planned!),
  );

  it.each(having(({ id }) => id.startsWith('resp.mode.')))('%s: the mode', (_id, { input, ...one }) => {
    const mode = responseMode(input['--apply']!, input.POLICY_AUTO_APPLY ?? undefined);
    expect(mode).toBe(one.expect!.mode);
  });

  it('resp.destructive: what changes something never runs without a person', () => {
    const all = (['YELLOW', 'RED'] as const).flatMap((level) => planResponses(level));
    expect(all.filter(({ reversible }) => !reversible).map(({ action }) => action)).toEqual(
      readOnlyResponses,
    );
    expect(all.filter(({ reversible }) => reversible).map(({ action }) => action)).toEqual([
      'integrity_anchor_mirror',
    ]);
  });

  it('resp.level.ORANGE: plans as YELLOW', () => {
    const wanted = cases.find(({ id }) => id === 'resp.level.ORANGE')?.expect;
    expect(wanted).toEqual({ actions: 'as YELLOW' });
    expect(planResponses('ORANGE')).toEqual(planResponses('YELLOW'));
  });

  it('has every case tested, here or in the named file', () => {
    for (const [id, path] of Object.entries(elsewhere))
      expect([id, readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8').includes(id)]).toEqual([
        id,
        true,
      ]);
    const here = cases.filter(
      ({ id, input, expect: wanted }) =>
        input.state !== undefined ||
        input.responses_at_hours_ago !== undefined ||
        wanted?.actions_planned !== undefined ||
        id.startsWith('resp.mode.') ||
        id === 'resp.level.ORANGE' ||
        id === 'resp.destructive',
    );
    expect([...here.map(({ id }) => id), ...Object.keys(elsewhere)].sort()).toEqual(
      cases.map(({ id }) => id).sort(),
    );
  });

  it('plans nothing on GREEN, the same on ORANGE as on YELLOW, and three on RED, one of them reversible', () => {
    expect(planResponses('GREEN')).toEqual([]);
    expect(planResponses('ORANGE')).toEqual(planResponses('YELLOW'));
    expect(planResponses('YELLOW')).toEqual([
      { action: 'integrity_check', reversible: false },
      { action: 'schema_validation', reversible: false },
    ]);
    expect(planResponses('RED')).toEqual([
      { action: 'full_integrity_check', reversible: false },
      { action: 'cold_storage_verification', reversible: false },
      { action: 'integrity_anchor_mirror', reversible: true },
    ]);
  });

  it('omits a run of exactly 24 hours ago, and counts one dated by a fast clock', () => {
    const now = '2026-01-02T12:00:00.000Z';
    expect(withinDay(['2026-01-01T12:00:00.000Z'], now)).toBe(0);
    expect(withinDay(['2026-01-01T12:00:00.001Z', '2026-01-02T12:00:05.000Z'], now)).toBe(2);
  });
});
