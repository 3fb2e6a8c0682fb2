import { describe, expect, it } from '@jest/globals';
import { policyDecisions } from '@interlock/contracts';
import {
  bundleHash,
  ColumnsWriter,
  compilePolicies,
  contextFields,
  evaluableBundle,
  evaluate,
  fieldsLookedAt,
  FlipCollector,
  normalBundle,
  noPolicies,
  readColumns,
  RuleIndex,
  Simulation,
  WhatIf,
  type EvaluationRecorded,
  type PolicyV1,
  type RuleInput,
  type RuleV1,
} from '../src/index.js';

const rule = (over: Partial<RuleInput>): RuleInput => ({
  id: 'r',
  agent: '*',
  action: 'inbox.quarantine',
  effect: 'allow',
  priority: 100,
  conditions: [],
  reason: 'A reason long enough',
  ...over,
});
const rulesOf = (rules: readonly RuleInput[]): readonly RuleV1[] =>
  normalBundle({ version: '1.0.0', rules }).rules;
const active = rulesOf([
  rule({
    id: 'stop',
    effect: 'deny',
    priority: 300,
    conditions: [{ field: 'risk_score', op: '>=', value: 85 }],
  }),
  rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 30 }] }),
  rule({
    id: 'hour',
    effect: 'needs_approval',
    priority: 50,
    conditions: [{ field: 'time.hour', op: '<', value: 6 }],
  }),
]);
const candidate = rulesOf([
  rule({
    id: 'stop',
    effect: 'deny',
    priority: 300,
    conditions: [{ field: 'risk_score', op: '>=', value: 93 }],
  }),
  rule({ id: 'go', conditions: [{ field: 'risk_score', op: '<', value: 60 }] }),
  rule({
    id: 'night',
    effect: 'deny',
    priority: 400,
    conditions: [{ field: 'time.weekday', op: '==', value: 'Sunday' }],
  }),
]);
const policies: readonly PolicyV1[] = [
  {
    policy_id: 'wide',
    version: 1,
    name: 'wide',
    action_types: ['*'],
    conditions: [{ field: 'confidence', op: '<', value: 0.5 }],
    decision: 'CONFIRM',
    max_affected_entities: null,
    min_confidence: null,
    confirmation_window_s: null,
    confirm_above_entities: 5,
    on_elapse: 'expire',
    status: 'active',
    content_hash: 'x',
  },
];
const from = '2026-03-02T00:00:00.000Z';

/** Requests as an evaluator would have decided and recorded them, some with missing fields. */
const recorded = (count: number): readonly EvaluationRecorded['data'][] => {
  const days = ['Monday', 'Sunday', 'Friday'];
  const cases = Array.from({ length: count }, (_, i) => ({
    agent: `agent-${i % 3}`,
    action: i % 5 === 0 ? 'inbox.archive' : 'inbox.quarantine',
    context: { risk_score: (i * 37) % 100, 'time.hour': i % 24, 'time.weekday': days[i % 3] ?? 'Monday' },
  }));
  return cases.map(({ agent, action, context: whole }, i) => {
    const context = Object.fromEntries(
      Object.entries({
        ...whole,
        affected_entity_count: i % 9,
        confidence: (i % 10) / 10,
        entity_id: `cell-${i}`,
      }).filter((_, at) => (i + at) % 7 !== 0),
    );
    const decided = evaluate({
      evaluation_id: `00000000-0000-4000-8000-${`${i}`.padStart(12, '0')}`,
      trace_id: 't',
      agent,
      action_type: action,
      context,
      policies: compilePolicies(policies),
      bundle: evaluableBundle({ bundle_id: 'b', version: '1.0.0', bundle_hash: 'h', rules: active }),
      confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
      versions: {},
      position: '0',
    });
    return {
      ...decided,
      input: {
        tenant_id: 'demo',
        agent,
        action_type: action,
        context,
        at: new Date(Date.parse(from) + i * 1000).toISOString(),
        time_zone: 'UTC',
        action_id: i % 3 === 0 ? `action-${i}` : null,
        request_id: null,
        dry_run: false,
      },
    };
  });
};
const events = recorded(400);
const fields = fieldsLookedAt([...active, ...candidate], policies);
const columnsOf = (of: readonly EvaluationRecorded['data'][], bytes?: number) => {
  const writer = new ColumnsWriter(fields, from, bytes);
  for (const one of of) if (!writer.add(one)) break;
  return writer.columns();
};

describe('recorded decisions in columns', () => {
  it('survive a round trip, with the requested fields only', () => {
    const columns = columnsOf(events);
    const rows = readColumns(JSON.parse(JSON.stringify(columns)) as typeof columns);
    expect(rows).toEqual(
      events.map(({ evaluation_id, decision, bundle, input }) => ({
        evaluation_id,
        action_id: input.action_id,
        at_ms: Date.parse(input.at) - Date.parse(from),
        agent: input.agent,
        action: input.action_type,
        decision,
        rule_id: bundle.rule_id,
        context: Object.fromEntries(
          Object.entries(input.context).filter(([field]) => fields.includes(field)),
        ),
      })),
    );
    expect(JSON.stringify(columns)).not.toContain('cell-1"');
  });

  it('hold values of any type in one field, and none', () => {
    const mixed = [1, 'one', true, false, '', 0, undefined].map((value, i) => ({
      ...events[i]!,
      input: { ...events[i]!.input, context: value === undefined ? {} : { odd: value } },
    }));
    const writer = new ColumnsWriter(['odd', 'nobody'], from);
    for (const one of mixed) writer.add(one);
    const columns = writer.columns();
    expect(readColumns(columns).map(({ context }) => context)).toEqual(
      mixed.map(({ input }) => input.context),
    );
    expect(readColumns(new ColumnsWriter([], from).columns())).toEqual([]);
  });

  it('write values out if most of them differ', () => {
    const varied = events.map((one, i) => ({
      ...one,
      input: { ...one.input, context: { a: i / 1000, b: i % 2 === 0 ? 'seldom' : 'often' } },
    }));
    const writer = new ColumnsWriter(['a', 'b'], from);
    for (const one of varied) writer.add(one);
    const columns = writer.columns();
    expect(columns.fields.map(({ cells }) => cells === null)).toEqual([true, false]);
    expect(readColumns(columns).map(({ context }) => context)).toEqual(
      varied.map(({ input }) => input.context),
    );
  });

  it('stop before the answer becomes too long, and never exceed their stated size', () => {
    const whole = Buffer.byteLength(JSON.stringify(columnsOf(events)));
    const bytes = Math.floor(whole / 2);
    const half = columnsOf(events, bytes);
    expect(half.evaluation_ids.length).toBeGreaterThan(50);
    expect(half.evaluation_ids.length).toBeLessThan(events.length);
    // The decision in progress at the limit is still written.
    expect(Buffer.byteLength(JSON.stringify(half))).toBeLessThan(bytes + 2000);
  });

  it('are refused if they are inconsistent', () => {
    const columns = columnsOf(events.slice(0, 3));
    for (const wrong of [
      { ...columns, at_ms: [1] },
      { ...columns, decisions: [0, 9, 0] },
      { ...columns, agents: [99, 0, 0] },
      { ...columns, fields: [{ field: 'a', values: [1], cells: [1] }] },
    ])
      expect(() => readColumns(wrong)).toThrow(RangeError);
  });
});

describe('replayed recorded decisions', () => {
  const rows = readColumns(columnsOf(events));
  const compiled = compilePolicies(policies);

  it('equals the flip list of the server', () => {
    const collector = new FlipCollector(new RuleIndex(candidate), new RuleIndex(active), compiled);
    for (const one of events) collector.add(one);
    const list = collector.list({
      bundle_id: 'b',
      version: '1.1.0',
      bundle_hash: 'h',
      against_hash: null,
      from,
      to: from,
      position: '0',
      capped: false,
    });
    const report = new WhatIf(rows, compiled, active).against(candidate, 1000);
    expect(Object.keys(list.counts).length).toBeGreaterThan(2);
    expect([report.counts, report.counts_active]).toEqual([list.counts, list.counts_active]);
    expect(
      report.flips
        .slice(0, list.flips.length)
        .map(({ evaluation_id, from: was, active: now, to, rule_id, was_rule_id }) => ({
          evaluation_id,
          from: was,
          active: now,
          to,
          rule_id,
          was_rule_id,
        })),
    ).toEqual(list.flips);
  });

  it('equals the simulation of the server', () => {
    const content = normalBundle({ version: '1.1.0', rules: candidate });
    const bundle = evaluableBundle({
      bundle_id: '',
      version: '1.1.0',
      bundle_hash: bundleHash(content),
      rules: candidate,
    });
    const simulation = new Simulation({ bundle, rules: candidate, bundle_id: null, policies: compiled });
    for (const { evaluation_id: id, decision, bundle: of, input } of events)
      simulation.add({
        id,
        agent: input.agent,
        action: input.action_type,
        context: input.context,
        recorded: { decision, rule_id: of.rule_id, bundle_version: of.bundle_version },
      });
    const summary = simulation.report();
    const report = new WhatIf(rows, compiled, active).against(candidate);
    expect(report.candidate).toEqual(summary.decisions);
    expect(report.counts).toEqual(summary.changes);
    expect(summary.rules.map(({ rule_id, hits }) => [rule_id, hits])).toEqual(
      summary.rules.map(({ rule_id }) => [rule_id, report.hits[rule_id] ?? 0]),
    );
  });

  it('changes nothing with the active rules, and asks a person without any rules', () => {
    const whatIf = new WhatIf(rows, compiled, active);
    expect(whatIf.against(active)).toMatchObject({ counts: {}, counts_active: {}, flips: [], flipped: 0 });
    const { candidate: decided } = new WhatIf(rows, noPolicies, null).against([]);
    expect(decided).toEqual({ ALLOW: 0, CONFIRM: 0, NEEDS_APPROVAL: rows.length, DENY: 0 });
  });

  it('lists a few of each change and counts all of them', () => {
    const report = new WhatIf(rows, compiled, active).against(candidate, 1);
    const all = new WhatIf(rows, compiled, active).against(candidate, 1000);
    expect(report.flipped).toBe(all.flipped);
    expect(new Set(report.flips.map(({ from: was, active: now, to }) => `${was} ${now} ${to}`)).size).toBe(
      report.flips.length,
    );
    expect(policyDecisions.reduce((sum, decision) => sum + report.candidate[decision], 0)).toBe(rows.length);
    expect(Object.keys(contextFields)).toEqual(expect.arrayContaining(['affected_entity_count']));
  });
});
