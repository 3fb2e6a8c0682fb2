import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { given } from '@interlock/kernel';
import {
  failedMarker,
  fileTime,
  fixBranch,
  inputFiles,
  lastDue,
  nextDue,
  postureRunDecider,
  readBrakeFile,
  readInputFile,
  readThresholdsFile,
  retryAfterS,
  evaluationFiles,
  stateFile,
  stateFiles,
  stateLogLine,
  updatedMarker,
  type PostureRunCommand,
} from '../src/index.js';
import { healthy, now, posture } from './assessments.ts';

const suite = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/posture_outputs.json', import.meta.url), 'utf8'),
) as {
  readonly state_file: { readonly path: string; readonly required: { readonly thresholds: object } };
  readonly log_file: { readonly path: string; readonly required: readonly string[] };
  readonly inputs: readonly { readonly signal: string; readonly path: string }[];
  readonly cases: readonly { readonly id: string; readonly expect: { readonly line?: string } | null }[];
};
const lineOf = (id: string): string | undefined => suite.cases.find((one) => one.id === id)?.expect?.line;
const at = '2025-11-14T12:00:00.000Z';

describe("the files of the seed's orchestrator", () => {
  it('have its names, members and form of time', () => {
    expect([stateFiles.state, stateFiles.log]).toEqual([suite.state_file.path, suite.log_file.path]);
    expect(fileTime(at)).toBe('2025-11-14T12:00:00+00:00');
    const file = JSON.parse(stateFile({ ...posture(), evaluated_at: at })) as object;
    expect(file).toEqual({
      policy: 'GREEN',
      evaluated_at: '2025-11-14T12:00:00+00:00',
      inputs: healthy,
      thresholds: suite.state_file.required.thresholds,
    });
    const line = stateLogLine({ ...posture(), evaluated_at: at });
    expect(line.endsWith('}\n')).toBe(true);
    expect(Object.keys(JSON.parse(line) as object)).toEqual(suite.log_file.required);
  });

  it('have its markers', () => {
    expect(updatedMarker(at, 'GREEN')).toBe(lineOf('out.marker.updated'));
    expect(failedMarker(at)).toBe(lineOf('out.marker.failed'));
  });

  it('are state, marker and log of an evaluation, in this order', () => {
    const evaluated = { ...posture(), evaluated_at: at };
    expect(evaluationFiles(evaluated)).toEqual([
      { path: 'state/policy_state.json', how: 'replace', text: stateFile(evaluated) },
      { path: 'audit_summary.md', how: 'marker', text: updatedMarker(at, 'GREEN') },
      { path: 'state/policy_state_log.jsonl', how: 'append', text: stateLogLine(evaluated) },
    ]);
  });

  it('are retried after 1, 3 and 9 s, and end in a branch that Git accepts', () => {
    expect(retryAfterS).toEqual([1, 3, 9]);
    expect(fixBranch(at)).toBe('fix/policy-orchestrator-20251114T120000Z');
  });

  it('are due daily at 04:45 UTC', () => {
    expect(lastDue('2026-01-02T04:45:00.000Z')).toBe('2026-01-02T04:45:00.000Z');
    expect(lastDue('2026-01-02T04:44:59.999Z')).toBe('2026-01-01T04:45:00.000Z');
    expect(nextDue('2026-01-02T04:45:00.000Z')).toBe('2026-01-03T04:45:00.000Z');
    expect(nextDue('2026-02-28T23:00:00.000Z')).toBe('2026-03-01T04:45:00.000Z');
  });
});

describe('the input files', () => {
  it("have the seed's paths", () =>
    expect(suite.inputs.map(({ signal, path }) => [signal, path])).toEqual(Object.entries(inputFiles)));

  it.each([
    ['trust_locked', '{"locked":true,"by":"x"}', true],
    ['integrity_score', 'timestamp,integrity_score\n2025,90\n2026,97.5\n', 97.5],
    ['integrity_score', '"integrity_score","note"\r\n"91","a, ""b"""\r\n', 91],
    ['consensus_pct', '{"agreement_pct":95}', 95],
    ['reputation_score', '{"peers":[{"score":80},{"score":90}]}', 85],
    ['forecast_risk', '{"risk_level":"medium"}', 'medium'],
    ['recent_responses', '', 0],
    [
      'recent_responses',
      '{"timestamp":"2026-01-01T11:00:00+00:00"}\n\n{"timestamp":"2025-12-31T12:00:01+00:00"}\n{"timestamp":"2025-12-31T12:00:00+00:00"}\n',
      2,
    ],
  ] as const)('%s of %p is %p', (name, text, value) =>
    expect(readInputFile(name, text, now)).toEqual({ value }),
  );

  it.each([
    ['trust_locked', '{', '', 'is not JSON'],
    ['trust_locked', '[]', '', 'must be a JSON object'],
    ['trust_locked', '{}', '/locked', 'is required'],
    ['trust_locked', '{"locked":"yes"}', '/value', 'must be true or false'],
    ['integrity_score', 'a,b\n1,2\n', '', 'has no column integrity_score'],
    ['integrity_score', 'integrity_score\n', '', 'has no row'],
    ['integrity_score', 'a,integrity_score\n1,\n', '/1/integrity_score', 'must be a number'],
    ['integrity_score', 'integrity_score\n101\n', '/value', 'must be a number from 0 to 100'],
    ['consensus_pct', '{"agreement_pct":"95"}', '/value', 'must be a number from 0 to 100'],
    ['reputation_score', '{"peers":[]}', '/peers', 'must be a list with at least one peer'],
    ['reputation_score', '{"peers":[{"score":1},{}]}', '/peers/1/score', 'must be a number from 0 to 100'],
    ['forecast_risk', '{"risk_level":"LOW"}', '/value', 'must be one of low, medium, high'],
    ['recent_responses', '{"timestamp":"x"}\n', '/0/timestamp', 'must be a time as of RFC 3339'],
    ['recent_responses', '{}\n', '/0/timestamp', 'is required'],
    ['recent_responses', '{"timestamp":"1"}\n', '/0/timestamp', 'must be a time as of RFC 3339'],
    // Without an offset, the machine's time zone would decide.
    [
      'recent_responses',
      '{"timestamp":"2026-01-01T11:00:00"}\n',
      '/0/timestamp',
      'must be a time as of RFC 3339',
    ],
    // The mean of the two would be the best score.
    [
      'reputation_score',
      '{"peers":[{"score":200},{"score":0}]}',
      '/peers/0/score',
      'must be a number from 0 to 100',
    ],
    // An unquoted comma would move another column into the place of the score.
    [
      'integrity_score',
      'by,n,integrity_score\nDoe, J,99,40\n',
      '/1',
      'must have 3 fields, as the header has',
    ],
    ['integrity_score', 'by,integrity_score\n"Doe"x,99\n', '/1', 'is not a line of CSV'],
  ] as const)('%s of %p is refused', (name, text, pointer, detail) =>
    expect(readInputFile(name, text, now)).toEqual({ faults: [{ pointer, detail }] }),
  );

  it('name every fault of their rows and members', () => {
    expect(
      readInputFile('reputation_score', '{"peers":[{"score":101},{"score":1},{},{"score":-1}]}', now),
    ).toMatchObject({
      faults: [{ pointer: '/peers/0/score' }, { pointer: '/peers/2/score' }, { pointer: '/peers/3/score' }],
    });
    expect(
      readInputFile('recent_responses', '{"timestamp":"x"}\n[]\n{"timestamp":7}\n{}', now),
    ).toMatchObject({
      faults: [
        { pointer: '/0/timestamp' },
        { pointer: '/1' },
        { pointer: '/2/timestamp' },
        { pointer: '/3/timestamp' },
      ],
    });
    // All of them go into one event, whose size is limited.
    const long = readInputFile('recent_responses', '{}\n'.repeat(20_000), now);
    expect('faults' in long && long.faults.length).toBe(100);
  });

  it("hold the brake's state and thresholds, with every fault named", () => {
    expect(readBrakeFile('{"is_engaged":true}')).toEqual({ value: true });
    expect(readBrakeFile('{"is_engaged":1}')).toMatchObject({ faults: [{ pointer: '/is_engaged' }] });
    expect(readThresholdsFile('{"red_integrity":88,"red_responses":9}')).toEqual({
      value: { red_integrity: 88, red_responses: 9 },
    });
    expect(
      readThresholdsFile('{"red":1,"red_integrity":"x","red_responses":1.5,"constructor":1}'),
    ).toMatchObject({
      faults: [
        { pointer: '/red' },
        { pointer: '/red_integrity' },
        { pointer: '/red_responses' },
        { pointer: '/constructor' },
      ],
    });
  });
});

describe('a run', () => {
  const run: PostureRunCommand = {
    kind: 'RecordRun',
    run: {
      run_id: 'r1',
      trigger: 'schedule',
      due_at: now,
      policy: 'GREEN',
      effective: 'GREEN',
      inputs: healthy,
    },
  };
  const failed: PostureRunCommand = {
    kind: 'RecordFailedRun',
    run: { run_id: 'r1', trigger: 'schedule', due_at: now, branch: null, detail: 'no directory' },
  };

  it('is recorded once as an evaluation and once as a failure', () => {
    const first = given(postureRunDecider, []).when(run);
    expect(first.events).toEqual([{ type: 'PostureEvaluated', data: run.run }]);
    expect(first.state.last_due).toBe(now);
    expect(given(postureRunDecider, first.events).when(run).events).toEqual([]);
    const second = given(postureRunDecider, first.events).when(failed);
    expect(second.events).toEqual([{ type: 'PostureRunFailed', data: failed.run }]);
    expect(given(postureRunDecider, [...first.events, ...second.events]).when(failed).events).toEqual([]);
  });

  it('keeps only the newest', () => {
    const events = Array.from({ length: 300 }, (_, i) => ({
      type: 'PostureEvaluated' as const,
      data: {
        ...run.run,
        run_id: `r${i}`,
        policy: 'GREEN' as const,
        effective: 'GREEN' as const,
        inputs: healthy,
      },
    }));
    expect(given(postureRunDecider, events).when(failed).state.runs.length).toBe(200);
  });
});
