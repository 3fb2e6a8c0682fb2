import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { measured, targetNames, type TargetName } from '../src/index.js';

type Case = {
  readonly id: string;
  readonly input: { readonly [name: string]: unknown };
  readonly expect: { readonly [name: string]: unknown };
  readonly alert?: { readonly name: string; readonly severity: string };
};
const text = (path: string): string => readFileSync(new URL(`../../../${path}`, import.meta.url), 'utf8');
const suite = JSON.parse(text('fixtures/acceptance/monitoring.json')) as {
  readonly metrics: readonly string[];
  readonly cases: readonly Case[];
};
const cases = (prefix: string): readonly Case[] => suite.cases.filter(({ id }) => id.startsWith(prefix));

describe('acceptance: monitoring', () => {
  it.each(cases('mon.target.'))('$id', ({ input, expect: wanted }) => {
    const [[name, value]] = Object.entries(input) as [[TargetName, number]];
    expect(measured(name, value)).toMatchObject({ value, on_target: wanted['on_target'] });
  });

  it.each(cases('mon.route.'))(
    '$id has its alert, at the severity that a channel is chosen by',
    ({ alert }) => {
      const rules = text('deploy/prometheus/alerts.yml')
        .split('- alert: ')
        .slice(1)
        .filter((rule) => rule.startsWith(`${alert!.name}\n`));
      expect(rules).toContainEqual(expect.stringContaining(`labels: { severity: ${alert!.severity} }`));
    },
  );

  it('makes no tables at start unless told to', () => {
    expect(cases('mon.config')[0]?.expect['environment']).toEqual([
      'HMAC_SECRET',
      'CREATE_TABLES_ON_STARTUP (false; migrations instead)',
    ]);
    expect(text('docs/configuration.md')).toMatch(/`CREATE_TABLES_ON_STARTUP` \| [^|]+ \| `false` \|/);
  });

  it('has its metrics on the dashboard', () => {
    const shown = text('deploy/grafana/dashboards/policy-system-health.json');
    for (const name of suite.metrics.filter((one) => one.startsWith('policy_')))
      expect(shown).toContain(name);
  });

  it('are all run; the channels of its routes by the tests of libs/notify', () =>
    expect(suite.cases.every(({ id }) => /^mon\.(target\..+|route\..+|slack|config)$/.test(id))).toBe(true));
});

describe('a target', () => {
  it('is not met by an invalid figure, and is unknown without one', () => {
    for (const name of targetNames) {
      for (const value of [NaN, Infinity, -Infinity, -1]) expect(measured(name, value).on_target).toBe(false);
      expect(measured(name, NaN).value).toBeNull();
      expect(measured(name, null)).toMatchObject({ value: null, on_target: null });
    }
  });
});
