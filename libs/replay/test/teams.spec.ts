import { describe, expect, it } from '@jest/globals';
import type { JsonObject } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  bundleIdOf,
  evaluableBundle,
  evaluate,
  lintLoosens,
  lintSettingsDecider,
  noPolicies,
  normalBundle,
  rolloutDecider,
  teamDecider,
  teamLoosens,
  type EvaluableBundle,
} from '@interlock/policy';
import { Replay, type ReplayReport } from '../src/index.js';
import { person, tenant, WrittenLog } from './written-log.js';

const rules = (effect: 'allow' | 'deny') =>
  [{ id: 'r', agent: '*', action: '*', effect, priority: 1, reason: 'A reason to go by' }] as const;

/** A tenant with a bundle, a team with a cloned one, and an evaluation with each. */
const written = (): readonly RecordedEvent[] => {
  const log = new WrittenLog('2025-12-31T23:59:00.000Z', 60_000);
  const { events, append } = log;
  const activate = (version: string, effect: 'allow' | 'deny', team?: string): EvaluableBundle => {
    const content = normalBundle({ version, rules: rules(effect) });
    const id = bundleIdOf(tenant, version);
    const cloned_from = { bundle_id: bundleIdOf(tenant, '1.0.0'), version: '1.0.0', bundle_hash: 'h' };
    const hash = log.release(content, team === undefined ? {} : { source: 'clone', team, cloned_from });
    const asked = {
      kind: 'ActivateBundle',
      bundle_id: id,
      bundle_version: version,
      bundle_hash: hash,
      approval_id: `yes-${version}`,
    } as const;
    for (const event of rolloutDecider.decide(asked, rolloutDecider.initial))
      append(`rollout-${tenant}:${team ?? 'all'}`, event, person('ann'), asked);
    return evaluableBundle({ bundle_id: id, version, bundle_hash: hash, rules: content.rules });
  };
  const ask = (agent: string, account: string, bundle: EvaluableBundle, team?: string): void => {
    const context = { account_id: account, dry_run: false };
    const versions: JsonObject = {
      auto_approval: 'default',
      time_zone: 'UTC',
      ...(team === undefined ? {} : { team }),
    };
    const evaluation = evaluate({
      agent,
      action_type: 'x',
      context,
      policies: noPolicies,
      evaluation_id: `e-${events.length}`,
      trace_id: 't',
      bundle,
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      versions,
      position: `${events.length}`,
    });
    const input = {
      tenant_id: tenant,
      agent,
      action_type: 'x',
      context,
      at: '2026-01-01T10:00:00.000Z',
      time_zone: 'UTC',
      action_id: null,
      request_id: null,
      dry_run: false,
    };
    append(
      `evaluation-${tenant}:2026-01-01`,
      { type: 'EvaluationRecorded', data: { ...evaluation, input } },
      { kind: 'service', service: 'policy-evaluator' },
    );
  };
  let team = teamDecider.initial;
  const define = (agents: readonly string[]): void => {
    const asked = {
      kind: 'DefineTeam',
      team: { team_id: 'north', name: 'North', agents, accounts: ['n-1'] },
    } as const;
    team = log.set(`team-${tenant}:north`, teamDecider, teamLoosens, asked, team);
  };
  const everyones = activate('1.0.0', 'allow');
  ask('a', 'n-1', everyones);
  define(['a']);
  ask('a', 'n-1', everyones);
  const own = activate('1.1.0', 'deny', 'north');
  ask('a', 'x', own, 'north');
  ask('b', 'n-1', own, 'north');
  ask('b', 'x', everyones);
  define([]);
  ask('a', 'x', everyones);
  const lint = {
    kind: 'ConfigureLint',
    settings: { invariants: [], severities: { more_permissive: 'error' } },
  } as const;
  log.set(`lint-${tenant}:settings`, lintSettingsDecider, lintLoosens, lint);
  return events;
};
const replayed = (events: readonly RecordedEvent[], whole = true): ReplayReport => {
  const replay = new Replay({ whole });
  for (const event of events) if (!replay.take(event)) break;
  return replay.end();
};
const events = written();
const changed = (place: number, data: object): readonly RecordedEvent[] =>
  events.map((event, i) => (i === place ? { ...event, data: { ...event.data, ...data } } : event));
const placesOf = (type: string): readonly number[] =>
  events.flatMap((event, i) => (event.type === type ? [i] : []));

describe('a log with a team', () => {
  it.each([true, false])('replays without a difference (whole: %s)', (whole) => {
    const { difference, unknown, checked, states } = replayed(events, whole);
    expect([
      difference,
      unknown,
      checked['team'],
      checked['setting'],
      checked['evaluation'],
      checked['bundle'],
    ]).toEqual([null, {}, 2, 1, 6, 6]);
    expect(states?.count).toBe(4);
  });

  it("finds a consistent evaluation with the wrong bundle, the tenant's or the team's", () => {
    const evaluations = placesOf('EvaluationRecorded');
    const data = (place: number): { readonly input: { readonly agent: string; readonly context: object } } =>
      events[place]!.data as never;
    const [, , own, , everyones] = evaluations.map((place) => data(place));
    const as = (place: number, other: object): object => ({
      ...other,
      evaluation_id: (data(place) as unknown as { evaluation_id: string }).evaluation_id,
      position: (data(place) as unknown as { position: string }).position,
      input: {
        ...(other as { input: object }).input,
        agent: data(place).input.agent,
        context: data(place).input.context,
      },
    });
    expect(replayed(changed(evaluations[2]!, as(evaluations[2]!, everyones!))).difference).toMatchObject({
      id: events[evaluations[2]!]!.id,
      kind: 'evaluation',
    });
    expect(replayed(changed(evaluations[4]!, as(evaluations[4]!, own!))).difference).toMatchObject({
      id: events[evaluations[4]!]!.id,
      kind: 'evaluation',
    });
  });

  it('finds a team that is not what people approved, and one that no decider could have defined there', () => {
    const [first, second] = placesOf('TeamDefined');
    expect(replayed(changed(first!, { agents: ['z'] })).difference).toMatchObject({ kind: 'change' });
    expect(replayed(changed(second!, { agents: ['a', 'z'] })).difference).toMatchObject({
      kind: 'change',
    });
    for (const lie of [{ team_id: 'south' }, { agents: ['a'] }])
      expect(replayed(changed(second!, lie)).difference).toMatchObject({
        kind: 'team',
        id: events[second!]!.id,
      });
    const settings = placesOf('LintConfigured')[0]!;
    expect(replayed(changed(settings, { severities: {} })).difference).toMatchObject({
      kind: 'setting',
      id: events[settings]!.id,
    });
  });
});
