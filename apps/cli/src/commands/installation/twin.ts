import {
  evaluate,
  importedTrace,
  leastEarlier,
  readTraceFile,
  type Evaluation,
  type EvaluatedMethod,
} from '@interlock/twin';
import { CliError, print } from '../../connection/session.js';
import type { Shape } from '../../output/output.js';
import { tableText } from '../../output/table.js';
import { visible } from '../../output/visible.js';
import { parseJson } from '../../readers.js';
import { readText } from '../../reading.js';
import { ask, act, answer, group } from '../../program/declare.js';

const traces = (file: string): readonly unknown[] => {
  const text = readText(file).trim();
  const wrong = 'is neither a JSON array nor one JSON object a line';
  return text.startsWith('[')
    ? (parseJson(text, file, wrong) as unknown[])
    : text
        .split('\n')
        .filter((l) => l.trim() !== '')
        .map((l) => parseJson(l, file, wrong));
};

const methodNames: { readonly [method in EvaluatedMethod]: string } = {
  twin: 'digital twin',
  twin_raw: 'digital twin, risk not calibrated',
  twin_stateless: "digital twin without the network's state",
  persistence: 'persistence: the last outcome again',
  ridge: 'ridge: a linear model',
  base_rate: 'base rate: the usual outcome',
};

const evaluationShape: Shape<Evaluation> = {
  text: ({ methods, predicted, traces: all, harmed }, screen) =>
    methods.length === 0
      ? `None of ${all} traces could be predicted: a trace needs ${leastEarlier} earlier ones of its action type.`
      : [
          `${predicted} of ${all} traces predicted from earlier ones alone; ${harmed} of them did harm.`,
          '',
          tableText(
            methods,
            [
              { head: 'METHOD', of: ({ method }) => methodNames[method] },
              { head: 'ERROR', of: ({ error }) => error.toFixed(2), right: true },
              {
                head: 'IN 90 % INTERVAL',
                of: ({ coverage }) => `${(100 * coverage).toFixed(1)} %`,
                right: true,
              },
              { head: 'WIDTH', of: ({ width }) => width.toFixed(2), right: true },
              { head: 'BRIER', of: ({ brier }) => brier.toFixed(3), right: true },
              {
                head: 'CALIBRATION ERROR',
                of: ({ calibration_error: error }) => error.toFixed(3),
                right: true,
              },
            ],
            screen,
          ),
        ].join('\n'),
  names: ({ methods }) => methods.map(({ method }) => method),
};

/** So many faults of a file are named; the others are counted. */
const mostNamed = 50;

const evaluateFile = answer({
  command: 'evaluate <file>',
  about:
    'predict each trace of a file from the earlier ones, and compare the twin with simple methods; imports nothing',
  run: (_, file) => {
    const { entries, violations } = readTraceFile(readText(file));
    if (violations.length > 0) {
      const named = violations
        .slice(0, mostNamed)
        .map(({ pointer, detail }) => `${visible(file)}${visible(pointer)}: ${detail}`);
      const left = violations.length - named.length;
      throw new CliError([...named, ...(left > 0 ? [`and ${left} more faults`] : [])].join('\n'));
    }
    const now = new Date().toISOString();
    return evaluate(entries.map((entry) => importedTrace('evaluation', entry, now)));
  },
  shape: evaluationShape,
});

export const addTwin = group('twin', 'the digital twin', [
  ask({
    command: 'predict <file>',
    about: 'predict what an action would do, given action_type, entity_id and parameters as JSON',
    route: 'POST /api/v1/autonomous/digital-twin/predict',
  }),
  ask({
    command: 'calibration',
    about: 'show how often it was right: predicted risks against outcomes, and coverage of its intervals',
    route: 'GET /api/v1/autonomous/digital-twin/calibration',
  }),
  ask({
    command: 'trace <id>',
    about: 'show one trace of the decision memory, by the id that predictions give',
    route: 'GET /api/v1/autonomous/digital-twin/traces/{id}',
  }),
  ask({
    command: 'forget <trace>',
    about: 'forget a trace, so that no prediction uses it again; another person must approve it',
    route: 'DELETE /api/v1/autonomous/digital-twin/traces/{id}',
    body: { '--reason <text>': { about: 'why, for the record', required: true } },
    personal: true,
  }),
  act({
    command: 'import <file>',
    about: 'add traces to the decision memory, from NDJSON or a JSON array',
    routes: ['POST /api/v1/autonomous/digital-twin/traces/import'],
    run: async ({ session }, file) => {
      const body = traces(file);
      const imported = await session.ask('POST /api/v1/autonomous/digital-twin/traces/import', [], { body });
      print(JSON.stringify(imported));
    },
  }),
  evaluateFile,
]);
