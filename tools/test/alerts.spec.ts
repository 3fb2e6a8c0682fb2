import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { suiteWhere } from '@interlock/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { readData } from '../deploy/read.mjs';
import { root } from '../run/node.mjs';
import { lastMinute, platformCases, reportedCase, type AlertCase } from './alert-cases.js';

type Rule = { readonly alert: string; readonly expr: string; readonly labels: { readonly severity: string } };
const rules = (
  readData('deploy/prometheus/alerts.yml') as {
    readonly groups: readonly { readonly rules: readonly Rule[] }[];
  }
).groups.flatMap((group) => group.rules);

const nameOf = ({ alert, severity }: { readonly alert: string; readonly severity: string }): string =>
  `${alert} ${severity}`;
const reported = rules.filter(({ expr }) => expr.includes('interlock_alerts_firing'));
const cases: readonly AlertCase[] = [
  ...platformCases,
  ...reported.map(({ alert, labels }) => reportedCase(alert, labels.severity)),
];
const missing = ['promtool'].filter((program) => spawnSync(program, ['--version']).status !== 0);

/** What `promtool test rules` reads: the cases of an alert, with the labels of what fires. */
const testOf = (ruleFiles: readonly string[], name: string): object => ({
  rule_files: ruleFiles,
  evaluation_interval: '30s',
  tests: cases
    .filter(({ alert }) => alert === name)
    .flatMap(({ alert, severity, quiet, fires, labels = {} }) => {
      const alerts = `ALERTS{alertname="${alert}",severity="${severity}",alertstate="firing"}`;
      return [
        { name: `${alert} ${severity} is quiet`, series: quiet, firing: [] },
        {
          name: `${alert} ${severity} fires`,
          series: fires,
          firing: [{ alertname: alert, alertstate: 'firing', ...labels, severity }],
        },
      ].map(({ name: title, series, firing }) => ({
        name: title,
        interval: '1m',
        input_series: Object.entries(series).map(([one, values]) => ({ series: one, values })),
        promql_expr_test: [
          {
            // The labels alone, because a summary quotes the value. Quiet is quiet at every minute.
            expr: firing.length > 0 ? alerts : `count_over_time(${alerts}[${lastMinute}m])`,
            eval_time: `${lastMinute}m`,
            exp_samples: firing.map((one) => ({
              labels: `ALERTS{${Object.entries(one)
                .map(([label, value]) => `${label}="${value}"`)
                .join(',')}}`,
              value: 1,
            })),
          },
        ],
      }));
    }),
});

describe('the alert rules', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'interlock-alerts-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  it('each have samples at which they fire and samples at which they are quiet', () => {
    const tried = new Set(cases.map(nameOf));
    const all = rules.map(({ alert, labels }) => nameOf({ alert, ...labels }));
    expect(all.filter((rule) => !tried.has(rule))).toEqual([]);
    expect([...tried].filter((one) => !all.includes(one))).toEqual([]);
  });

  suiteWhere(describe, 'in promtool', missing, () => {
    it.each([...new Set(rules.map(({ alert }) => alert))])(
      '%s fires on its samples, and only then',
      (alert) => {
        // The other rules would only take time.
        const own = join(folder, 'rules.json');
        writeFileSync(
          own,
          JSON.stringify({ groups: [{ name: 'own', rules: rules.filter((rule) => rule.alert === alert) }] }),
        );
        const file = join(folder, 'tests.json');
        writeFileSync(file, JSON.stringify(testOf([join(root, 'deploy/prometheus/rules.yml'), own], alert)));
        const { status, stdout, stderr } = spawnSync('promtool', ['test', 'rules', file], {
          encoding: 'utf8',
        });
        expect([status, status === 0 ? '' : `${stdout}${stderr}`]).toEqual([0, '']);
      },
    );
  });
});
