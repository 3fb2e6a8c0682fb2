import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { cli, steering, steers } from './cli-home.js';
import { answers, startAnswering, stopAnswering } from './cli-server.js';

beforeAll(startAnswering);
afterAll(stopAnswering);

const bundle = {
  id: 'bundle-1',
  version: `1.0.0${steering}`,
  status: steering,
  canary_pct: 10,
  revision: '0',
  bundle_hash: steering,
};
/** Each command's answer, with text that tries to control the reader's terminal. */
const commands: readonly (readonly [readonly string[], { readonly [route: string]: unknown }])[] = [
  [
    ['policy', 'status'],
    {
      'GET /api/v1/policy/bundles/active': { active: bundle, canary: bundle },
      'GET /api/v1/policy/bundles/bundle-1/canary-status': {
        canary_pct: 10,
        dwell_ends_at: steering,
        held: { reason: steering },
        bypass: { until: steering, reason: steering },
      },
    },
  ],
  [
    ['--as', 'ann', 'policy', 'bypass', '--end'],
    { 'DELETE /api/v1/policy/bypass': { bypass: { until: steering, reason: steering } } },
  ],
  [
    ['autonomy', 'explain', '--account', 'a', '--type', 't'],
    {
      'GET /api/v1/autonomy/explain?account_id=a&action_type=t': {
        explanation: steering,
        levels: [
          {
            level: 1,
            outcome: steering,
            explanation: steering,
            entry: { updated_at: 'x', updated_by: steering },
          },
        ],
      },
    },
  ],
  [
    ['responses', 'show', 'r-1'],
    {
      'GET /api/v1/responses/r-1': {
        response_id: 'r-1',
        status: steering,
        policy: 'RED',
        mode: 'apply',
        trigger: steering,
        gates: [steering],
        actions_planned: 1,
        results: [
          { action: steering, state: 'done', passed: true, stdout: steering, undo_instruction: steering },
        ],
        began_at: null,
        detail: steering,
      },
    },
  ],
  [
    ['--as', 'ann', 'privacy', 'list'],
    {
      'GET /api/v1/audit/people?limit=200': {
        items: [{ person_id: 'p-1', subject: steering, created_at: '2026-01-01T00:00:00.000Z' }],
        next: null,
      },
    },
  ],
  [
    ['stop', '--reason', 'storm'],
    {
      'POST /api/v1/autonomous/kill-switch': {
        scope: 'tenant',
        tenant_id: steering,
        action_type: null,
        account_id: null,
        agent: null,
        site_id: null,
        engaged: true,
        rollback_in_flight: false,
        acknowledged_by: 'executors',
        use_id: steering,
        executors: [],
        cancelled: [{ tenant_id: 'demo', action_id: steering, state: steering }],
        cancelled_count: 1,
        in_flight: [],
        in_flight_count: 0,
        not_notified: [{ tenant_id: 'demo', action_id: steering, code: steering }],
        time_to_stop_ms: 1,
        release_requested: null,
        complete: true,
      },
    },
  ],
  [['whoami'], { 'GET /api/v1/whoami': { subject: steering, name: steering, scopes: [steering] } }],
];

describe('text that would control a terminal', () => {
  it.each(commands)('is shown escaped by %j', async (args, expected) => {
    for (const [route, answer] of Object.entries(expected)) answers.set(route, answer);
    const [table, json] = await Promise.all(['table', 'json'].map((how) => cli(...args, '--output', how)));
    for (const shown of [table, json]) {
      expect([shown?.code, shown?.stderr]).toEqual([0, '']);
      expect(steers(shown?.stdout ?? steering)).toBe(false);
      expect(shown?.stdout).toContain('u202e');
    }
    expect(JSON.stringify(JSON.parse(json?.stdout ?? ''))).toContain(JSON.stringify(steering).slice(1, -1));
  });
});
