import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { Schema } from '@interlock/api-types';
import { buildApps } from '@interlock/testing';
import { cli } from './cli-home.js';

const home = mkdtempSync(join(tmpdir(), 'interlock-cli-posture-'));
const asked: string[] = [];
let answers: { readonly [request: string]: object } = {};
const server = createServer((request, response) => {
  const what = `${request.method ?? ''} ${request.url ?? ''}`;
  asked.push(what);
  response.writeHead(what in answers ? 200 : 404, { 'content-type': 'application/json' });
  response.end(JSON.stringify(answers[what] ?? { code: 'not-found', detail: what }));
});
const posture = (...args: readonly string[]) => cli('--home', home, '--tenant', 'demo', 'posture', ...args);

beforeAll(async () => {
  await buildApps('apps/cli');
  mkdirSync(join(home, 'keys'));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const http = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  writeFileSync(join(home, 'runtime.json'), JSON.stringify({ http, ready: true, pid: 1 }));
});
beforeEach(() => {
  asked.length = 0;
});
afterAll(() => {
  server.close();
  rmSync(home, { recursive: true, force: true });
});

/** The members of `state/policy_state.json`, in the order of the file. */
const state = {
  policy: 'YELLOW',
  evaluated_at: '2026-01-01T04:45:00.000Z',
  inputs: {
    trust_locked: false,
    integrity_score: 92,
    consensus_pct: 95,
    reputation_score: 85,
    forecast_risk: 'low',
    recent_responses: 2,
  },
  thresholds: {
    red_integrity: 90,
    red_consensus: 85,
    red_responses: 8,
    yellow_integrity: 95,
    yellow_consensus: 90,
    yellow_reputation: 80,
    yellow_responses: 4,
  },
} as const satisfies Partial<Schema<'PostureAssessmentDto'>>;
/** The same in the file's format. */
const file = { ...state, evaluated_at: '2026-01-01T04:45:00+00:00' };
const evaluated = (failure: Schema<'EvaluatedDto'>['failure']): object => ({
  run_id: 'r',
  posture: { ...state, tenant_id: 'demo', effective: 'YELLOW' },
  failure,
});
const evaluate = 'POST /api/v1/posture/evaluate';

describe('interlock posture evaluate', () => {
  it("prints only the state in the seed's shape", async () => {
    answers = { [evaluate]: evaluated(null) };
    const ran = await posture('evaluate');
    expect(ran).toMatchObject({ code: 0, stderr: '' });
    expect(JSON.stringify(JSON.parse(ran.stdout))).toBe(JSON.stringify(file));
    expect(asked).toEqual([evaluate]);
  });

  it.each([
    ['fix/policy-orchestrator-20260101T044500Z', '; see branch fix/policy-orchestrator-20260101T044500Z'],
    [null, ''],
  ])(
    'prints the state, why the run failed and where its logs are (%p), exit code 1',
    async (branch, said) => {
      answers = {
        [evaluate]: evaluated({ detail: 'federation/weighted_consensus.json is not JSON', branch }),
      };
      const ran = await posture('evaluate');
      expect(ran.code).toBe(1);
      expect(JSON.parse(ran.stdout)).toEqual(file);
      expect(ran.stderr.trim()).toBe(
        `interlock: the run failed: federation/weighted_consensus.json is not JSON${said}`,
      );
    },
  );
});

describe('interlock posture', () => {
  it('shows the posture, and the data of its subcommands', async () => {
    const trend = { tenant_id: 'demo', flapping: false };
    answers = { 'GET /api/v1/posture': state, 'GET /api/v1/posture/trend?hours=6': trend };
    expect(JSON.parse((await posture('show')).stdout)).toEqual(state);
    expect(JSON.parse((await posture('trend', '--hours', '6')).stdout)).toEqual(trend);
  });

  it("prints each signal in a line, and marks a single voter's word", async () => {
    const signal = { value: 100, status: 'fresh', source: '_system:interlock', age_s: 12.4 };
    answers = {
      'GET /api/v1/posture/signals': {
        items: [
          { ...signal, name: 'consensus_pct', unwitnessed: true },
          {
            ...signal,
            name: 'forecast_risk',
            value: 'low',
            status: 'defaulted',
            source: 'default',
            age_s: null,
          },
        ],
      },
    };
    expect((await posture('signals')).stdout.split('\n')).toEqual([
      'SIGNAL         VALUE  STATUS      AGE  SOURCE',
      'consensus_pct    100  fresh      12 s  _system:interlock, unwitnessed',
      'forecast_risk    low  defaulted        default',
      '',
    ]);
  });

  it('prints each change of the level in a line, with its reasons', async () => {
    const change = { at: '2026-01-01T00:00:00.000Z', policy: 'GREEN', effective: 'YELLOW' };
    answers = {
      'GET /api/v1/posture/history?limit=2': {
        items: [
          { ...change, reasons: [{ code: 'DWELL', detail: 'dwells' }] },
          { ...change, reasons: [] },
        ],
      },
    };
    expect((await posture('history', '--limit', '2')).stdout.split('\n')).toEqual([
      expect.stringMatching(/^AT \(UTC\) +LEVEL {2}EFFECTIVE {2}WHY$/),
      expect.stringMatching(/^(?:01-01 )?00:00:00, \d+ \w+ {2}GREEN {2}YELLOW {5}dwells$/),
      expect.stringMatching(/^(?:01-01 )?00:00:00, \d+ \w+ {2}GREEN {2}YELLOW$/),
      '',
    ]);
  });

  it.each([
    ['history', '--limit', '0'],
    ['trend', '--hours', 'x'],
  ])('refuses `%s %s %s` with exit code 2, without a request', async (...args) => {
    expect(await posture(...args)).toMatchObject({ code: 2, stdout: '' });
    expect(asked).toEqual([]);
  });
});
