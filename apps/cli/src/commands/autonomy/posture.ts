import type { Schema } from '@interlock/api-types';
import { writeReport } from '@interlock/platform/report-files';
import { evaluationFiles, stateFile } from '@interlock/posture';
import { recordShape, type Shape } from '../../output/output.js';
import { recordText } from '../../output/record.js';
import { toned, toneOf } from '../../output/screen.js';
import { tableText } from '../../output/table.js';
import { spanText, timeText } from '../../output/times.js';
import { visible } from '../../output/visible.js';
import { CliError, pathOf, print } from '../../connection/session.js';
import { ask, act, group } from '../../program/declare.js';
import { list } from '../../lists.js';
import { whole, json } from '../../readers.js';

type Assessment = Schema<'PostureAssessmentDto'>;

/**
 * Evaluates once for an external scheduler. It prints `state/policy_state.json`, and fails if the
 * service's files could not be written or read.
 */
const evaluate = act({
  command: 'evaluate',
  about: 'evaluate once, record it and write its files; exit code 1 if that failed',
  routes: ['POST /api/v1/posture/evaluate'],
  options: { '--out <folder>': 'also write state, log and marker there, under the names of the daily run' },
  run: async ({ session, options: { out } }) => {
    const { posture, failure } = await session.ask('POST /api/v1/posture/evaluate', [], { body: {} });
    print(stateFile(posture).trimEnd());
    if (out !== undefined) await writeReport(pathOf(out), evaluationFiles(posture));
    if (failure !== null)
      throw new CliError(
        `the run failed: ${failure.detail}${failure.branch === null ? '' : `; see branch ${failure.branch}`}`,
      );
  },
});

/**
 * The posture as a page: the level, its reasons, what would clear it, and each signal with its
 * threshold.
 */
const postureShape: Shape<Assessment> = {
  ...recordShape<Assessment>(({ effective }) => effective),
  text: (posture, screen) => {
    const triggers = [...posture.red_triggers, ...posture.orange_triggers, ...posture.yellow_triggers];
    const level = (name: string): string => toned(name, toneOf(name), screen);
    return [
      `effective  ${level(posture.effective)}${posture.effective === posture.policy ? '' : `, by itself ${level(posture.policy)}`}`,
      `evaluated  ${timeText(posture.evaluated_at, screen.now)}`,
      ...(triggers.length === 0 ? [] : [`because    ${triggers.join(', ')}`]),
      ...posture.effective_reasons.map((reason) => visible(`           ${String(reason['detail'] ?? '')}`)),
      ...posture.clears.map((text, i) => visible(`${i === 0 ? 'clears' : ''}`.padEnd(11) + text)),
      '',
      tableText(
        Object.entries(posture.signals),
        [
          { head: 'SIGNAL', of: ([name]) => name },
          { head: 'VALUE', of: ([, { value }]) => String(value), right: true },
          { head: 'STATUS', of: ([, { status }]) => status, toned: true },
          { head: 'AGE', of: ([, { age_s }]) => (age_s === null ? '' : spanText(age_s * 1000)), right: true },
          { head: 'SOURCE', of: ([, { source }]) => source, fit: 12 },
        ],
        screen,
      ),
      '',
      recordText({ thresholds: posture.thresholds }, screen),
    ].join('\n');
  },
};

export const addPosture = group('posture', 'the health of the system, and its signals', [
  evaluate,
  ask({
    command: 'show',
    about: 'show the posture now, with its triggers and what would clear them',
    route: 'GET /api/v1/posture',
    shape: postureShape,
    piped: 'json',
  }),
  list({
    command: 'signals',
    about: 'list each signal, its age and its source',
    route: 'GET /api/v1/posture/signals',
    what: 'signals',
    topics: ['posture'],
    columns: [
      { head: 'SIGNAL', of: ({ name }) => name },
      { head: 'VALUE', of: ({ value }) => String(value), right: true },
      { head: 'STATUS', of: ({ status }) => status, toned: true },
      { head: 'AGE', of: ({ age_s }) => (age_s === null ? '' : spanText(age_s * 1000)), right: true },
      {
        head: 'SOURCE',
        of: ({ source, unwitnessed }) => `${source}${unwitnessed === true ? ', unwitnessed' : ''}`,
        fit: 12,
      },
    ],
    id: ({ name }) => name,
  }),
  list({
    command: 'history',
    about: 'list the changes of the level, newest first',
    route: 'GET /api/v1/posture/history',
    what: 'changes',
    limit: 20,
    topics: ['posture'],
    columns: [
      { head: 'AT (UTC)', time: ({ at }) => at },
      { head: 'LEVEL', of: ({ policy }) => policy, toned: true },
      { head: 'EFFECTIVE', of: ({ effective }) => effective, toned: true },
      { head: 'WHY', of: ({ reasons }) => reasons.map(({ detail }) => String(detail)).join('; '), fit: 16 },
    ],
    id: ({ position }) => position,
  }),
  list({
    command: 'runs',
    about: 'list the evaluations, newest first',
    route: 'GET /api/v1/posture/runs',
    what: 'runs',
    limit: 20,
    columns: [
      { head: 'AT (UTC)', time: ({ at }) => at },
      { head: 'RUN', of: ({ run_id }) => run_id, fit: 13 },
      { head: 'TRIGGER', of: ({ trigger }) => trigger },
      { head: 'LEVEL', of: ({ policy }) => policy, toned: true },
      { head: 'DETAIL', of: ({ detail }) => detail, fit: 16 },
    ],
    id: ({ run_id }) => run_id,
  }),
  list({
    command: 'config-history',
    about: 'list the versions of the configuration, newest first',
    route: 'GET /api/v1/posture/config/history',
    what: 'versions',
    limit: 20,
    columns: [
      { head: 'REVISION', of: ({ revision }) => revision, right: true },
      { head: 'SET (UTC)', time: ({ updated_at }) => updated_at },
      { head: 'BY', of: ({ by }) => by, fit: 13 },
      { head: 'DWELL', of: ({ dwell_s }) => `${dwell_s} s`, right: true },
      { head: 'ON MISSING', of: ({ on_missing }) => on_missing },
    ],
    id: ({ revision }) => revision,
  }),
  ask({
    command: 'trend',
    about: 'show transitions, time in each level, flapping, and the trend of each signal',
    route: 'GET /api/v1/posture/trend',
    query: {
      '--hours <n>': { about: 'the hours before now, at most 720', preset: '24', read: whole(1, 720) },
    },
    piped: 'json',
  }),
  ask({
    command: 'report <signal>',
    about: 'report the value of a signal',
    route: 'PUT /api/v1/posture/signals/{name}',
    body: {
      '--value <json>': { about: 'such as 97, true or "low"', required: true, read: json },
      '--at <time>': 'when, such as 2026-01-31T08:00:00Z',
      '--source <name>': 'the name of the source that reports',
    },
  }),
  ask({ command: 'config', about: 'show thresholds, dwell and ages', route: 'GET /api/v1/posture/config' }),
  ask({
    command: 'set-config <file>',
    about: 'change what the JSON names',
    route: 'PUT /api/v1/posture/config',
    ifMatch: 'option',
  }),
]);
