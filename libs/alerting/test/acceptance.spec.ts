import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import type { Severity } from '@interlock/contracts';
import type { RecordedEvent } from '@interlock/kernel';
import {
  defaultFigures,
  exitCodeOf,
  isSafe,
  opensGithubIssue,
  reportFiles,
  reportOf,
  rules,
  type OperationalName,
} from '../src/index.js';
import { hours, Log } from './recorded.js';

type Input = {
  readonly red_flips_24h?: number;
  readonly brake_engaged_h?: number | null;
  readonly consecutive_blocked?: number;
  readonly fix_branches_created?: number;
  readonly red_for_h?: number | null;
  readonly runs?: readonly string[];
  readonly turned_red_hours_ago?: readonly number[];
};
type Expected = {
  readonly alerts?: readonly {
    readonly condition: string;
    readonly severity?: Severity;
    readonly github_issue?: boolean;
    readonly manual_intervention_required?: boolean;
  }[];
  readonly severities?: readonly Severity[];
  readonly github_issues?: number;
  readonly exit_code?: number;
};
type Case<I, E> = { readonly id: string; readonly input: I; readonly expect: E | null };
const suiteOf = <I, E>(
  name: string,
): { readonly cases: readonly Case<I, E>[]; readonly [more: string]: unknown } =>
  JSON.parse(readFileSync(new URL(`../../../fixtures/acceptance/${name}.json`, import.meta.url), 'utf8')) as {
    readonly cases: readonly Case<I, E>[];
  };

/** The time that the cases look back from. */
const nowH = 400;
const ago = (h: number): string => hours(nowH - h);

/** The log that shows what a case gives. */
const logOf = (input: Input): readonly RecordedEvent[] => {
  const log = new Log();
  const turns = input.turned_red_hours_ago ?? [];
  const flips = [
    ...Array.from({ length: input.red_flips_24h ?? 0 }, (_, i) => 20 - i),
    ...[...turns].sort((a, b) => b - a),
  ];
  const red = input.red_for_h ?? null;
  const runs = input.runs ?? Array.from({ length: input.consecutive_blocked ?? 0 }, () => 'blocked');
  return [
    ...flips.flatMap((h) => [log.level('GREEN', 'RED', ago(h)), log.level('RED', 'GREEN', ago(h - 0.5))]),
    ...(red === null ? [] : [log.level('YELLOW', 'RED', ago(red))]),
    ...(typeof input.brake_engaged_h === 'number'
      ? [log.event('BrakeEngaged', 'brake-demo:brake', { reason: 'r' }, ago(input.brake_engaged_h))]
      : []),
    ...runs.map((run, i) =>
      log.event(
        run === 'blocked' ? 'ResponseBlocked' : 'ResponseCompleted',
        `response-demo:r-${i}`,
        { response_id: `r-${i}`, gates: ['rate_limit'] },
        ago(3),
      ),
    ),
    ...Array.from({ length: input.fix_branches_created ?? 0 }, (_, i) =>
      log.event('PostureRunFailed', 'posture-demo:runs', { branch: `fix/policy-orchestrator-${i}` }, ago(2)),
    ),
  ];
};

const seeds = ['red_flips', 'brake_engaged', 'responses_blocked', 'fix_branch', 'red_sustained'];

describe('acceptance: alerts', () => {
  const suite = suiteOf<Input, Expected>('alerts');

  it.each(suite.cases)('$id', ({ input, expect: wanted, id }) => {
    const events = logOf(input);
    const found = rules
      .filter(({ name }) => seeds.includes(name))
      .flatMap((rule) => {
        const concerned = events.filter(({ type }) => Object.values(rule.events).flat().includes(type));
        const state = concerned.reduce((before, event) => rule.fold(before, event), rule.initial);
        return rule.judge(state, hours(nowH), defaultFigures).map((condition) => ({ rule, condition }));
      });
    const code = exitCodeOf(
      found.map(({ rule, condition: { severity } }) => ({
        name: rule.name,
        severity,
        status: 'firing',
        silenced_until: null,
      })),
      hours(nowH),
    );
    // The cases leave open whether medium alone needs attention: here it does.
    if (wanted === null) {
      expect([id, code]).toEqual(['alert.exit.medium_only', 1]);
      return;
    }
    if (wanted.alerts !== undefined) {
      expect(found.map(({ rule }) => rule.name)).toEqual(wanted.alerts.map(({ condition }) => condition));
      for (const [i, { severity, github_issue, manual_intervention_required }] of wanted.alerts.entries()) {
        const { condition } = found[i]!;
        if (severity !== undefined) expect(condition.severity).toBe(severity);
        if (github_issue !== undefined) expect(opensGithubIssue(condition.severity)).toBe(github_issue);
        if (manual_intervention_required !== undefined)
          expect(condition.manual_intervention_required).toBe(manual_intervention_required);
      }
    }
    if (wanted.severities !== undefined)
      expect(found.map(({ condition }) => condition.severity).sort()).toEqual([...wanted.severities].sort());
    if (wanted.github_issues !== undefined)
      expect(found.filter(({ condition }) => opensGithubIssue(condition.severity))).toHaveLength(
        wanted.github_issues,
      );
    if (wanted.exit_code !== undefined) expect(code).toBe(wanted.exit_code);
  });

  it('has its outputs and its marker', () => {
    const alert = {
      id: 'a',
      name: 'red_flips',
      severity: 'high',
      status: 'firing',
      silenced_until: null,
      detail: 'd',
      episode: 1,
      opened_at: hours(1),
      runbook: 'r',
      evidence: { from: '1', to: '2' },
      manual_intervention_required: false,
    } as const;
    const files = reportFiles(reportOf('demo', [alert], hours(2)));
    expect(files.slice(0, 2).map(({ path }) => path)).toEqual(suite['outputs']);
    expect(files[2]?.text).toBe(
      (suite['marker'] as string).replace('<timestamp>', '2026-11-20T02:00:00+00:00'),
    );
    expect(JSON.parse(files[0]!.text)).toMatchObject({
      timestamp: '2026-11-20T02:00:00+00:00',
      alerts: [{ condition: 'red_flips', severity: 'high', github_issue: true }],
      exit_code: 1,
    });
  });
});

describe('acceptance: figures of safe operation', () => {
  const { cases } = suiteOf<{ readonly [name in OperationalName]?: number }, { readonly safe: boolean }>(
    'operational_indicators',
  );

  it.each(cases)('$id', ({ input, expect: wanted }) => {
    const [[name, value]] = Object.entries(input) as [[OperationalName, number]];
    expect(isSafe(name, value)).toBe(wanted?.safe);
  });

  it('a blocked share of exactly 5 % is not below it', () =>
    expect(isSafe('blocked_share_pct', 5)).toBe(false));
});
