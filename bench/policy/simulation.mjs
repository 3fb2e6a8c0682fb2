import { randomUUID } from 'node:crypto';
import process from 'node:process';

import { row } from '../report.mjs';

const ruleCount = 100;
const decisions = 1_000_000;
const chunk = 50_000;
/** How many evaluations are read from a log. */
const logged = 10_000;
const actions = ['cell_failover', 'inbox.quarantine', 'knowledge.reindex', 'planner.deploy'];
const fields = [
  ['risk_score', 100],
  ['affected_entity_count', 50],
  ['time.hour', 24],
  ['confidence_score', 1],
  ['system.load_pct', 100],
];
const operators = ['>=', '<=', '>', '<'];
const effects = ['allow', 'deny', 'needs_approval'];

/**
 * Rules over a few agents and actions, every eighth for all of them, with one to three conditions.
 */
function someRules() {
  return Array.from({ length: ruleCount }, (_, i) => ({
    id: `rule-${i}`,
    agent: i % 8 === 0 ? '*' : `agent-${i % 5}`,
    action: i % 9 === 0 ? '*' : actions[i % actions.length],
    effect: effects[(i * 7) % 3],
    priority: (i * 37) % 100,
    enabled: true,
    reason: 'A rule to be measured with',
    conditions: Array.from({ length: 1 + (i % 3) }, (__, c) => ({
      field: fields[(i + c) % fields.length][0],
      op: operators[(i + c) % operators.length],
      value: Math.round((fields[(i + c) % fields.length][1] * ((i * 13 + c) % 10)) / 10),
    })),
    budget: { cost: 0.01 * i, compute: 0.001 * i },
  }));
}

const actionTypes = actions.map((name) => ({
  action_type: name,
  title: name,
  parameters_schema: { type: 'object', properties: { size_gb: { type: 'number' }, env: { type: 'string' } } },
  handler: null,
  impact_fields: ['drops'],
  reversible: true,
  read_only: false,
  external_contact: false,
}));

/** The rate, by the clock and by this process's CPU time on one core. */
async function timed(count, work) {
  const [cpu, began] = [process.cpuUsage(), performance.now()];
  await work();
  const seconds = (performance.now() - began) / 1000;
  const { user, system } = process.cpuUsage(cpu);
  return { perSecond: count / seconds, perCoreSecond: count / ((user + system) / 1e6) };
}

/** The best of several rounds, because other programs only ever slow one down. */
async function best(rounds, count, work) {
  let found = { perSecond: 0, perCoreSecond: 0 };
  for (let i = 0; i < rounds; i += 1) {
    const one = await timed(count, work);
    if (one.perCoreSecond > found.perCoreSecond) found = one;
  }
  return found;
}

function recordedFrom({ evaluate, noPolicies }, bundle, { agent, action, context }) {
  const id = randomUUID();
  const evaluation = evaluate({
    evaluation_id: id,
    trace_id: id,
    agent,
    action_type: action,
    context,
    policies: noPolicies,
    bundle,
    confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
    versions: { auto_approval: 'default', time_zone: 'Europe/London' },
    position: '1',
  });
  return {
    ...evaluation,
    input: {
      tenant_id: 'demo',
      agent,
      action_type: action,
      context,
      at: '2026-03-02T10:30:00.000Z',
      time_zone: 'Europe/London',
      action_id: null,
      request_id: null,
      dry_run: false,
    },
  };
}

/**
 * Reads recorded evaluations from a log on disk, newest first, as a replay does, including
 * decoding.
 */
async function readFromLog(recorded, note) {
  const [{ startServer }, { connectEventStore }] = await Promise.all([
    import('../../apps/event-store/bench/measure.mjs'),
    import('@interlock/eventstore'),
  ]);
  const server = await startServer();
  const store = await connectEventStore(server.url, {
    logger: { info: () => undefined, warn: () => undefined, error: () => undefined },
  });
  try {
    const metadata = {
      $correlationId: 'c',
      $causationId: 'c',
      tenant_id: 'demo',
      actor: { kind: 'service', service: 'bench' },
      schema_version: 1,
      occurred_at: '2026-03-02T10:30:00.000Z',
      command_id: 'c',
    };
    note(`writing ${logged} evaluations`);
    for (let at = 0; at < logged; at += 128) {
      await store.append(
        'evaluation-demo:2026-03-02',
        recorded
          .slice(at, Math.min(at + 128, logged))
          .map((data) => ({ id: data.evaluation_id, type: 'EvaluationRecorded', data, metadata })),
        'any',
      );
    }
    note('reading them');
    return await best(2, logged, async () => {
      let seen = 0;
      for await (const { data } of store.read('evaluation-demo:2026-03-02', { backwards: true }))
        seen += data.input.context.agent === undefined ? 0 : 1;
      if (seen !== logged) throw new Error(`${seen} evaluations were read, not ${logged}`);
    });
  } finally {
    await store.close();
    await server.stop();
  }
}

/**
 * The cost of a replay: the decisions of a bundle of a hundred rules over a million decoded
 * requests, and the other steps of a replay. Figures are for one core, by this process's CPU time,
 * from the best of several rounds, so that other load matters little.
 */
export async function measureSimulation({ note, seconds = 5 }) {
  const policy = await import('@interlock/policy');
  const { evaluableBundle, FlipCollector, noPolicies, RuleIndex, Simulation, syntheticCases } = policy;
  const rules = someRules();
  const bundle = evaluableBundle({ bundle_id: 'b', version: '1.0.0', bundle_hash: 'h', rules });
  const index = new RuleIndex(rules);
  const tally = new Map();
  let [quietest, time] = [Infinity, 0];
  let cases = [];
  for (let done = 0; done < decisions; done += chunk) {
    note(`making ${chunk} requests, ${done} of ${decisions} decided`);
    cases = syntheticCases({ rules, actionTypes, count: chunk, seed: done });
    if (done === 0) for (const { agent, action, context } of cases) index.decide(agent, action, context);
    const [cpu, began] = [process.cpuUsage(), performance.now()];
    for (const { agent, action, context } of cases) {
      const { decision } = index.decide(agent, action, context);
      tally.set(decision, (tally.get(decision) ?? 0) + 1);
    }
    time += (performance.now() - began) / 1000;
    const { user, system } = process.cpuUsage(cpu);
    quietest = Math.min(quietest, (user + system) / 1e6);
  }
  if ([...tally.values()].reduce((a, b) => a + b, 0) !== decisions || tally.size < 4)
    throw new Error(`the requests do not meet every decision: ${JSON.stringify([...tally])}`);

  const few = cases.slice(0, Math.min(chunk, Math.max(logged, Math.round(seconds * 4000))));
  note('the same with all that a simulation says of a case');
  const explained = await best(3, few.length, () => {
    const simulation = new Simulation({ bundle, rules, bundle_id: null, policies: null });
    for (const one of few) simulation.add(one);
    if (simulation.report().total !== few.length) throw new Error('cases were lost');
  });
  const recorded = few.map((one) => recordedFrom(policy, bundle, one));
  note('a flip list of them');
  const flipped = await best(3, recorded.length, () => {
    const flips = new FlipCollector(index, index, noPolicies);
    for (const data of recorded) flips.add(data);
    if (Object.keys(flips.list({}).counts).length > 0) throw new Error('a bundle differs from itself');
  });
  const texts = recorded.slice(0, logged).map((data) => JSON.stringify(data));
  note('decoding them');
  const decoded = await best(3, texts.length, () => {
    let fields = 0;
    for (const text of texts) fields += Object.keys(JSON.parse(text).input.context).length;
    if (fields < texts.length) throw new Error('contexts were lost');
  });
  const read = await readFromLog(recorded, note);
  const name = `simulation, ${ruleCount} rules`;
  return [
    row(`${name}: decisions per second of one core`, chunk / quietest, '/s', { least: 1_000_000 }),
    row(`${name}: decisions`, decisions / time, '/s'),
    row(`${name}: cases with explanation, of one core`, explained.perCoreSecond, '/s'),
    row(`${name}: flip list, two bundles, of one core`, flipped.perCoreSecond, '/s'),
    row('simulation: evaluations decoded, of one core', decoded.perCoreSecond, '/s'),
    row('simulation: evaluations read from the log', read.perSecond, '/s'),
    row('simulation: evaluations read, of one core', read.perCoreSecond, '/s'),
  ];
}
