import { readdirSync } from 'node:fs';
import { join } from 'node:path';

import { metricFamilies } from '@interlock/contracts';
import { describe, expect, it } from '@jest/globals';

import { renderBoard } from '../deploy/board-json.mjs';
import { boardQueries, boards, unshown } from '../deploy/dashboards.mjs';
import { metricsOf } from '../deploy/read.mjs';
import { root } from '../run/node.mjs';
import { unknownMetrics } from './metric-names.js';

describe('the dashboards', () => {
  it('Policy System Health has its six panels', () => {
    const [health] = boards;
    expect(health).toMatchObject({ uid: 'policy-system-health', title: 'Policy System Health' });
    expect(health?.panels.map(({ title }) => title)).toEqual([
      'Error rate',
      'Deny rate',
      'Cost, 24 h',
      'Canary gates',
      'Decisions by effect',
      'Rollbacks',
    ]);
  });

  it('limit each query by service to the services that the viewer chooses', () => {
    const limited = boards.filter(({ isOfServices }) => isOfServices);
    expect(limited.length).toBe(2);
    for (const board of limited) {
      const { panels, templating } = JSON.parse(renderBoard(board)) as {
        panels: { targets: { expr: string }[] }[];
        templating: { list: { name: string }[] };
      };
      expect(templating.list.map(({ name }) => name)).toEqual(['service']);
      const folded = panels
        .flatMap(({ targets }) => targets)
        .filter(({ expr }) => /by \((?:le, )?service\b/.test(expr));
      expect(folded.length).toBeGreaterThan(5);
      for (const { expr } of folded) expect(expr).toContain('service=~"$service"');
    }
  });

  it('take no rate of a gauge and no plain value of a counter', () => {
    const kindOf = (name: string): string | undefined =>
      metricFamilies[name as keyof typeof metricFamilies]?.kind;
    for (const { where, expr } of boardQueries()) {
      const rated = [...expr.matchAll(/\b(?:rate|increase)\(([a-z_0-9]+)/g)].map(([, name]) => name!);
      expect([where, rated.filter((name) => kindOf(name) === 'gauge')]).toEqual([where, []]);
      const plain = metricsOf(expr).filter((name) => !rated.includes(name));
      expect([where, plain.filter((name) => kindOf(name) === 'counter')]).toEqual([where, []]);
    }
  });

  it('are those of the folder that Grafana reads', () => {
    expect(readdirSync(join(root, 'deploy/grafana/dashboards')).sort()).toEqual(
      boards.map(({ uid }) => `${uid}.json`).sort(),
    );
  });

  it.each(boards)('$uid has one place for each panel, with a title of its own and a description', (board) => {
    const { panels } = JSON.parse(renderBoard(board)) as {
      panels: { title: string; description: string; gridPos: { x: number; y: number } }[];
    };
    expect(new Set(panels.map(({ gridPos }) => `${gridPos.x},${gridPos.y}`)).size).toBe(panels.length);
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length);
    for (const { description } of panels) expect(description).toMatch(/^[\p{Lu}1].{9,}\.$/u);
  });

  it('show every metric family, but those that a list names with its reason', () => {
    const shown = new Set(
      boardQueries().flatMap(({ expr }) =>
        metricsOf(expr).map((name) => name.replace(/_(?:count|sum|bucket)$/, '')),
      ),
    );
    const left = Object.keys(metricFamilies).filter((name) => !shown.has(name));
    expect(left).toEqual(Object.keys(unshown));
  });

  it('show existing metrics', () =>
    expect(unknownMetrics(boardQueries().map(({ expr }) => expr))).toEqual([]));
});

describe('the metric families', () => {
  it('are named by what they count, in base units', () => {
    for (const [name, { kind }] of Object.entries(metricFamilies)) {
      expect(name).toMatch(/^[a-z][a-z0-9_]*$/);
      expect([name, name.endsWith('_total')]).toEqual([name, kind === 'counter']);
      if (kind === 'histogram') expect(name).toMatch(/_seconds$/);
      expect(name).not.toMatch(/_(?:ms|milliseconds|minutes|hours|kb|mb|percent)$/);
    }
  });

  it('have no label with a value of its own for each action, person or entity', () => {
    const unbounded =
      /(?:^|_)(?:id|trace|person|user|subject|principal|entity|device|path|url|detail|reason)$/;
    for (const [name, { labels }] of Object.entries(metricFamilies))
      expect([name, labels.filter((label) => unbounded.test(label))]).toEqual([name, []]);
  });

  it('have buckets in order, from below the fastest to beyond the slowest of what they measure', () => {
    const spans: Record<string, readonly [number, number]> = {
      log_append_duration_seconds: [0.001, 5],
      interlock_gate_duration_seconds: [0.001, 30],
      netconf_rpc_duration_seconds: [0.01, 300],
      interlock_action_duration_seconds: [0.1, 86_400],
      mcp_tool_call_duration_seconds: [0.1, 86_400],
      interlock_approval_duration_seconds: [5, 3 * 86_400],
    };
    for (const [name, family] of Object.entries(metricFamilies)) {
      if (family.kind !== 'histogram') continue;
      const buckets: readonly number[] = family.buckets;
      expect([name, [...buckets].sort((a, b) => a - b)]).toEqual([name, buckets]);
      const [fastest, slowest] = spans[name] ?? [0.005, 30];
      expect([name, buckets[0]! <= fastest, buckets.at(-1)! >= slowest]).toEqual([name, true, true]);
    }
    // A soak of 10 s does not share its bucket with one of 20 s.
    const soak = metricFamilies.interlock_action_duration_seconds.buckets.filter(
      (bound) => bound >= 10 && bound <= 20,
    );
    expect(soak.length).toBeGreaterThan(3);
  });
});

describe('the names in an expression', () => {
  it.each([
    ['up{job="a"} == 0', ['up']],
    ['sum by (a, b) (rate(x_total{c=~"D|E"}[5m])) / sum(rate(y_total[5m])) > 0.2', ['x_total', 'y_total']],
    ['clamp_min(a_total or vector(0), 1e-9)', ['a_total']],
    ['histogram_quantile(0.99, sum by (le) (rate(z_seconds_bucket[5m])))', ['z_seconds_bucket']],
  ])('%s are its metrics', (expression, names) => expect(metricsOf(expression)).toEqual(names));
});
