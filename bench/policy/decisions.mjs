import { RuleIndex } from '@interlock/policy';

import { row } from '../report.mjs';
import { plainLoop } from './plain.mjs';
import { batch, least, measureCalls, measureSlowCalls } from './timing.mjs';
import { makeRequests, makeRules, shapes, sizes } from './workload.mjs';

const requestCount = 4000;
/** How many decisions are compared before an engine is timed. */
const compared = 40;
const nearMissLimit = 8;
/**
 * An engine that takes longer to load a bundle, or for one decision, is skipped for larger ones.
 */
const timeoutMs = { build: 20_000, decision: 400 };
const medianBar = (count) => (count <= 100 ? 300 : count <= 1000 ? 500 : 800);

const evaluator = (rules) => {
  const index = new RuleIndex(rules);
  return {
    decide: ({ agent, action, context }) => index.decide(agent, action, context).decision,
    explain: ({ agent, action, context }) => {
      const outcome = index.evaluate(agent, action, context);
      return { outcome, missed: index.nearMisses(agent, action, context, outcome.lookedTo, nearMissLimit) };
    },
  };
};

async function agree(name, decide, plain, requests) {
  for (const request of requests) {
    const [theirs, expected] = [await decide(request), plain(request)];
    if (theirs !== expected)
      throw new Error(
        `${name} decides ${theirs} where the plain loop decides ${expected}: ${JSON.stringify(request)}`,
      );
  }
}

function ownRows(what, count, rules, requests, plainNs) {
  const { decide, explain } = evaluator(rules);
  const decided = measureCalls(decide, requests);
  const explained = measureCalls(explain, requests);
  return [
    row(`${what}: decision, median`, decided.median, 'ns', { most: medianBar(count) }),
    row(`${what}: decision, p99`, decided.p99, 'ns', { most: 3000 }),
    row(`${what}: fully explained, of the decision`, explained.median / decided.median, 'ratio', { most: 3 }),
    row(`${what}: plain loop, of the decision`, plainNs / decided.median, 'ratio'),
  ];
}

/** The cost of compiling, and of the first decisions after a bundle was replaced. */
function compileRows(what, rules, requests) {
  let current = evaluator(rules);
  const { milliseconds, result } = least(() => new RuleIndex(rules));
  for (const request of requests) current.decide(request);
  const start = performance.now();
  current = { decide: ({ agent, action, context }) => result.decide(agent, action, context).decision };
  for (const request of requests.slice(0, batch)) current.decide(request);
  const swapped = ((performance.now() - start) * 1e6) / batch;
  return [
    row(`${what}: compile`, milliseconds, 'ms', { most: 50 }),
    row(`${what}: the first ${batch} decisions after a swap, each`, swapped, 'ns'),
  ];
}

async function engineRow(engine, what, rules, requests, plain, milliseconds) {
  const started = performance.now();
  const decide = await engine.build(engine.library, rules, what);
  const build = performance.now() - started;
  await agree(engine.name, decide, plain, requests.slice(0, compared));
  const nanoseconds = await measureSlowCalls(decide, requests, milliseconds, engine.later);
  if (build > timeoutMs.build || nanoseconds / 1e6 > timeoutMs.decision) engine.tired = true;
  return row(`${what}: ${engine.name} ${engine.version}`, nanoseconds, 'ns');
}

/**
 * P1: decisions of every shape and size, compared with the plain loop and the other engines, whose
 * decisions are checked first.
 */
export async function measureDecisions({ engines, seconds, note }) {
  const rows = engines.map(({ name, version, missing }) =>
    row(
      `${name}${missing === undefined ? ` ${version}` : ''}: installed`,
      missing === undefined ? 1 : 0,
      'yes',
      { least: 1 },
    ),
  );
  const present = engines
    .filter(({ missing }) => missing === undefined)
    .map((engine) => ({ ...engine, tired: false }));
  for (const shape of shapes) {
    for (const engine of present) engine.tired = false;
    for (const count of sizes) {
      const what = `${shape}, ${count} rules`;
      note(`P1 ${what}`);
      const rules = makeRules(shape, count);
      const requests = makeRequests(shape, count, requestCount);
      const plain = plainLoop(rules);
      await agree('the evaluator', evaluator(rules).decide, plain, requests.slice(0, 50 * compared));
      const plainNs = await measureSlowCalls(plain, requests, seconds * 40);
      rows.push(...ownRows(what, count, rules, requests, plainNs), row(`${what}: plain loop`, plainNs, 'ns'));
      if (count === sizes.at(-1)) rows.push(...compileRows(what, rules, requests));
      for (const engine of present) {
        if (engine.tired) note(`${engine.name} is left out at ${what}: it took too long with fewer`);
        else rows.push(await engineRow(engine, what, rules, requests, plain, seconds * 40));
      }
    }
  }
  return rows;
}
