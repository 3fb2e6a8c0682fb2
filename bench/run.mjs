/**
 * The benchmarks of spec/quality.md: `npm run bench -- <name> [--json] [--seconds N] [--profile]`.
 * Every figure appears beside its comparison, measured in the same run.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';

import { printJson, printTable } from './report.mjs';

const benches = {
  log: {
    about:
      'the embedded event store beside its memory mode and its floor, and read models beside the raw subscription (P2, P5)',
    load: () => import('./log.mjs'),
  },
  projections: { about: 'P5 alone', load: () => import('./projections.mjs') },
  pipeline: {
    about:
      'decisions per second and their latency, over NATS, the whole stack on this machine, beside durable workflows of a library (P3, P3b, P4)',
    load: () => import('./pipeline/bench.mjs'),
  },
  'kill-switch': {
    about: 'the time to stop of drills, at rest and under load, and that nothing starts after it',
    load: () => import('./kill-switch.mjs'),
  },
  growth: {
    about:
      'what a decision, a query and a start cost with a log of many actions, with many tenants, devices and policies (P8)',
    load: () => import('./growth.mjs'),
  },
  start: {
    about:
      "how long a start takes beside an empty module of Nest's, memory and CPU at rest and under load (P9)",
    load: () => import('./start.mjs'),
  },
  console: {
    about: 'the console in Chromium: first load, changes of the page, a list under 200 events a second (P10)',
    load: () => import('./console.mjs'),
  },
  policy: {
    about:
      'one decision beside other engines and a plain loop (P1), exact lint and semantic diff (P7), simulation',
    load: () => import('./policy.mjs'),
  },
  verify: {
    about: 'how fast a sealed log is verified, beside bare JSON.parse and SHA-256 of the same file',
    load: () => import('./verify.mjs'),
  },
  netconf: {
    about: 'NETCONF on one netconfd beside ncclient, as it ships and with its tick at 1 ms (P6)',
    load: () => import('./netconf.mjs'),
  },
  twin: {
    about: "the twin's predictions beside a plain scan of the traces, and its accuracy beside simple methods",
    load: () => import('./twin.mjs'),
  },
  replay: {
    about: 'how fast a log is replayed, beside the live rate of this machine',
    load: () => import('./replay.mjs'),
  },
};

const usage = `usage: npm run bench -- <name> [--json] [--seconds N] [--only kind,kind] [--profile] [--layout LIST] [--budget write] [--fresh] [--actions N] [--overload N] [--decisions N] [--live-rate N]

${Object.entries(benches)
  .map(([name, { about }]) => `  ${name.padEnd(12)} ${about}`)
  .join('\n')}

  --json        the rows as JSON, nothing else on standard output
  --seconds N   how long each measurement runs, about (default 5)
  --only LIST   pipeline: denied, dry-run, devices; projections: SERVICE/NAME; growth: actions, tenants, devices, policies
  --overload N  pipeline: also offers three times what P3 reached, for so many seconds (P3b; the specification's figure is of 60)
  --fresh       start: also from a clean clone with an empty cache of npm (downloads everything)
  --actions N   growth: the largest log, in actions (default 100000; 1000000 takes an hour and more)
  --decisions N verify, replay: how long a log, in decisions (default 50000)
  --live-rate N replay: decisions per second to compare with, instead of measuring them
  --profile     pipeline: P3 only, and where its time goes, by package and function
  --layout LIST pipeline, start: how the services share processes, measured one after the other: one (default), processes, workers=N
  --budget write
                pipeline: bench/pipeline/budget.json gets what was measured, in place of being compared with it
`;

function options() {
  try {
    return parseArgs({
      allowPositionals: true,
      options: {
        json: { type: 'boolean', default: false },
        seconds: { type: 'string', default: '5' },
        profile: { type: 'boolean', default: false },
        actions: { type: 'string' },
        fresh: { type: 'boolean', default: false },
        only: { type: 'string' },
        layout: { type: 'string' },
        budget: { type: 'string' },
        overload: { type: 'string' },
        decisions: { type: 'string' },
        'live-rate': { type: 'string' },
      },
    });
  } catch (error) {
    process.stderr.write(`${error.message}\n${usage}`);
    process.exit(2);
  }
}

const { values, positionals } = options();
const bench = Object.hasOwn(benches, positionals[0] ?? '') ? benches[positionals[0]] : undefined;
const seconds = Number(values.seconds);
const numbers = Object.fromEntries(
  [
    ['actions', values.actions],
    ['decisions', values.decisions],
    ['liveRate', values['live-rate']],
    ['overloadSeconds', values.overload],
  ]
    .filter(([, text]) => text !== undefined)
    .map(([name, text]) => [name, Number(text)]),
);
if (
  bench === undefined ||
  positionals.length > 1 ||
  !(seconds > 0) ||
  ![undefined, 'write'].includes(values.budget) ||
  !Object.values(numbers).every((number) => number > 0)
) {
  process.stderr.write(usage);
  process.exit(2);
}
const note = (text) => process.stderr.write(`${text}\n`);
const { measure } = await bench.load();
try {
  const {
    rows,
    notes = [],
    faults = [],
  } = await measure({
    seconds,
    profile: values.profile,
    fresh: values.fresh,
    only: values.only?.split(','),
    layouts: values.layout?.split(','),
    budget: values.budget,
    note,
    ...numbers,
  });
  if (values.json) printJson(rows);
  else printTable(rows, notes);
  if (faults.length > 0) throw new Error(faults.join('\n'));
} catch (error) {
  note(`bench: ${error.stack}`);
  process.exit(1);
}
