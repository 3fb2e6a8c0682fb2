import { DecisionMemory, evaluate, predict, recency, similarity } from '@interlock/twin';

import { row } from './report.mjs';

const start = Date.UTC(2026, 0, 1);
const cells = 40;

/** Numbers from 0 to 1 that are the same in every run. */
function seeded(seed) {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}

/** The KPIs of an invented cell whose load follows the time of day. */
function stateAt(at, users, noise) {
  const hour = (at / 3_600_000) % 24;
  const day = 0.55 + 0.4 * Math.sin(((hour - 9) / 24) * 2 * Math.PI);
  const load = Math.min(99, Math.max(3, 100 * day * (0.8 + 0.08 * noise())));
  return {
    users: Math.round(users * day * (1 + 0.05 * noise())),
    throughput_mbps: 4 * users * day,
    latency_ms: 8 + (12 * (load / 100) ** 2) / (1.05 - load / 100),
    drop_rate_pct: Math.max(0, 0.5 + 0.02 * load + 0.1 * noise()),
    availability_pct: 99.9,
    load_pct: load,
  };
}

/**
 * Past failovers of an invented network: each cell has its own usual impact, which power and the
 * number of affected cells make worse. A bad impact does harm more often. With `busy`, the traces
 * keep the KPIs before, and a load above 50 % makes the impact worse by up to `busy`.
 */
function pastFailovers(count, { type = 'cell_failover', busy } = {}) {
  const random = seeded(7);
  const noise = () => Array.from({ length: 12 }, random).reduce((sum, value) => sum + value, -6);
  const usual = Array.from({ length: cells }, () => 3 * noise());
  return Array.from({ length: count }, (_, i) => {
    const [cell, power, affected] = [cells, 6, 6].map((of) => Math.floor(random() * of));
    const at = start + i * 900_000;
    const before = busy === undefined ? undefined : stateAt(at, 60 + 6 * cell, noise);
    const loaded = before === undefined ? 0 : busy * Math.max(0, (before.load_pct - 50) / 50);
    const impact = usual[cell] - 1.5 * (power + 1) - 0.8 * (affected + 1) - loaded + 2 * noise();
    return {
      trace_id: `${type}-${i}`,
      action_id: null,
      action_type: type,
      trigger_type: type,
      entity_id: `gnb-${Math.floor(cell / 4)}-cell-${cell % 4}`,
      parameters: { power_raise_db: power + 1 },
      context: { affected_entity_count: affected + 1, ...(before === undefined ? {} : { before }) },
      incident_id: null,
      outcome: 'COMPLETED',
      harmed: random() < 1 / (1 + Math.exp((impact + 14) / 2)),
      impact_delta: Math.max(-100, Math.min(100, impact)),
      impact_by_kpi: { latency_ms: -impact / 2 },
      finished_at: new Date(at).toISOString(),
      predicted: null,
      imported: true,
    };
  });
}

const question = (i, type = 'cell_failover') => ({
  tenant_id: 'bench',
  action_type: type,
  entity_id: `gnb-${i % 10}-cell-${i % 4}`,
  parameters: { power_raise_db: 1 + (i % 6) },
  affected_entity_count: 1 + (i % 6),
  at: new Date(start + 1e10).toISOString(),
});

/** The nearest 25 by comparing the question with every trace: the least that must be decided. */
function plain(traces, asked) {
  const features = { ...asked, trigger_type: asked.action_type };
  const near = traces.map((trace) => {
    const like = similarity(features, {
      entity_id: trace.entity_id,
      parameters: trace.parameters,
      trigger_type: trace.trigger_type,
      affected_entity_count: trace.context.affected_entity_count,
    });
    return {
      trace,
      weight: like * recency((Date.parse(asked.at) - Date.parse(trace.finished_at)) / 3_600_000),
    };
  });
  return near.sort((a, b) => b.weight - a.weight).slice(0, 25);
}

/** How often a function can be called per second. */
function rate(seconds, call) {
  for (let i = 0; i < 200; i += 1) call(i);
  const began = performance.now();
  let calls = 0;
  while (performance.now() - began < seconds * 1000) {
    for (let i = 0; i < 20; i += 1) call(calls + i);
    calls += 20;
  }
  return calls / ((performance.now() - began) / 1000);
}

const names = {
  twin: 'digital twin',
  twin_raw: 'digital twin, risk not calibrated',
  twin_stateless: "digital twin without the network's state",
  persistence: 'persistence',
  ridge: 'ridge',
  base_rate: 'base rate',
};

/**
 * The twin's predictions per second beside a plain scan of the same traces, and its accuracy beside
 * simple methods, on an invented network.
 */
export async function measure({ seconds, note, decisions = 3000 }) {
  const rows = [];
  for (const size of [50, 1000]) {
    note(`predictions from ${size} traces`);
    const traces = pastFailovers(size);
    const memory = new DecisionMemory();
    traces.forEach((trace, i) => memory.add(trace, `${i + 1}`));
    const own = rate(seconds, (i) => predict(memory, question(i)));
    const scan = rate(seconds, (i) => plain(traces, question(i)));
    rows.push(
      row(`predictions from ${size} traces`, own, '/s'),
      row(`plain scan of ${size} traces`, scan, '/s'),
      row(`predictions from ${size}: of the plain scan`, own / scan, 'times', { least: 1 }),
    );
  }
  const evaluated = (world, options) => {
    note(`evaluating ${decisions} traces of ${world}`);
    const result = evaluate(pastFailovers(decisions, options));
    for (const { method, error, coverage, width, brier, calibration_error: calibration } of result.methods)
      rows.push(
        row(`${world}, ${names[method]}: error of the impact`, error, '%'),
        row(`${world}, ${names[method]}: coverage of its 90 % interval`, 100 * coverage, '%'),
        row(`${world}, ${names[method]}: width of the interval`, width, '%'),
        row(`${world}, ${names[method]}: Brier score`, brier, ''),
        row(`${world}, ${names[method]}: calibration error of the risk`, calibration, ''),
      );
    return { ...result, by: Object.fromEntries(result.methods.map((one) => [one.method, one])) };
  };
  const { by, predicted, harmed } = evaluated('plain network');
  const states = [0, 14].map((busy) =>
    evaluated(`network whose load ${busy === 0 ? 'does not matter' : 'matters'}`, { busy }),
  );
  for (const [i, name] of ['load does not matter', 'load matters'].entries()) {
    const { twin, twin_stateless: without } = states[i].by;
    const most = i === 0 ? 1.02 : 0.95;
    rows.push(
      row(`twin, where ${name}: error, of that without the state`, twin.error / without.error, 'times', {
        most,
      }),
      row(`twin, where ${name}: width, of that without the state`, twin.width / without.width, 'times', {
        most,
      }),
      row(
        `twin, where ${name}: Brier score, of that without the state`,
        twin.brier / without.brier,
        'times',
        {
          most,
        },
      ),
      row(`twin, where ${name}: coverage`, twin.coverage, '', { least: 0.85 }),
    );
  }
  rows.push(
    row('twin: coverage', by.twin.coverage, '', { least: 0.85 }),
    row('twin: error, of that of persistence', by.twin.error / by.persistence.error, 'times', { most: 1 }),
    row('twin: error, of that of the base rate', by.twin.error / by.base_rate.error, 'times', { most: 1 }),
    row('twin: Brier score, of that of the base rate', by.twin.brier / by.base_rate.brier, 'times', {
      most: 1,
    }),
    row('twin: Brier score, of that without calibration', by.twin.brier / by.twin_raw.brier, 'times', {
      most: 1.01,
    }),
    row(
      'twin: calibration error, of that without calibration',
      by.twin.calibration_error / by.twin_raw.calibration_error,
      'times',
      { most: 1 },
    ),
    row('twin: error, of that of ridge', by.twin.error / by.ridge.error, 'times'),
  );
  return {
    rows,
    notes: [
      `${predicted} of ${decisions} invented traces of the plain network predicted, ${harmed} of them did harm. The worlds are linear, which suits ridge.`,
    ],
  };
}
