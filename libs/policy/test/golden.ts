import {
  buildContext,
  bundleHash,
  bundleIdOf,
  compilePolicies,
  evaluableBundle,
  evaluate,
  noPolicies,
  normalBundle,
  shadowOf,
  type EvaluationRecorded,
  type PolicyV1,
  type RecordedBundle,
} from '../src/index.js';
import { intent, prediction, request, rule } from './samples.js';
import { bundleId, content, policyEvents } from './golden-bundle.js';

export type Golden = {
  readonly data: EvaluationRecorded['data'];
  readonly bundle: RecordedBundle | null;
  readonly policies: readonly PolicyV1[];
  readonly shadow?: RecordedBundle;
};

/** Evaluations of one bundle and its policies under differing requests. */
export const goldenEvaluations = (): readonly Golden[] => {
  const bundle_hash = bundleHash(content);
  const policies = policyEvents().map(({ data }) => data.policy);
  const bundle: RecordedBundle = { ...content, bundle_id: bundleId };
  const cases = [
    { asked: request({ at: '2026-03-02T10:30:00.000Z' }), used: policies.slice(0, 1), of: null },
    {
      asked: request({ at: '2026-03-02T10:30:00.000Z', intent: intent({ affected_entity_count: 9 }) }),
      used: policies.slice(1, 2),
      of: bundle,
    },
    { asked: request({ at: '2026-03-01T10:30:00.000Z' }), used: policies.slice(0, 1), of: bundle },
    {
      asked: request({ at: '2026-03-02T10:30:00.000Z', prediction: prediction({ risk_score: 47 }) }),
      used: policies.slice(2),
      of: bundle,
    },
    {
      asked: request({ at: '2026-03-02T10:30:00.000Z', prediction: null, posture: null }),
      used: policies.slice(1, 2),
      of: null,
    },
  ];
  return cases
    .map(({ asked, used, of }, i): Golden => {
      const context = buildContext(asked, 'Europe/London', { system: i === 3 ? { load_pct: 91 } : {} });
      const evaluation = evaluate({
        evaluation_id: `00000000-0000-5000-8000-00000000000${i}`,
        trace_id: '0af7651916cd43dd8448eb211c80319c',
        agent: 'ran-optimizer',
        action_type: 'cell_failover',
        context,
        policies: compilePolicies(used),
        bundle: of === null ? null : evaluableBundle({ ...of, bundle_hash }),
        confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
        versions: { auto_approval: 'default', time_zone: 'Europe/London' },
        position: '42',
      });
      const input = {
        tenant_id: 'demo',
        agent: 'ran-optimizer',
        action_type: 'cell_failover',
        context,
        at: asked.at,
        time_zone: 'Europe/London',
        action_id: null,
        request_id: null,
        dry_run: false,
      };
      return { data: { ...evaluation, input }, bundle: of, policies: used };
    })
    .concat(goldenRollouts(bundle, bundle_hash));
};

/** Under a canary, and while policies are bypassed. */
const goldenRollouts = (bundle: RecordedBundle, bundle_hash: string): readonly Golden[] => {
  const other: RecordedBundle = {
    ...normalBundle({
      version: '1.3.0',
      rules: [rule({ id: 'all', effect: 'deny', priority: 1, reason: 'nothing goes for now' })],
    }),
    bundle_id: bundleIdOf('demo', '1.3.0'),
  };
  const asked = request({ at: '2026-03-02T10:30:00.000Z' });
  const context = buildContext(asked, 'Europe/London');
  const about = { agent: 'ran-optimizer', action_type: 'cell_failover', context, policies: noPolicies };
  const input = {
    tenant_id: 'demo',
    agent: about.agent,
    action_type: about.action_type,
    context,
    at: asked.at,
    time_zone: 'Europe/London',
    action_id: null,
    request_id: null,
    dry_run: false,
  };
  const rest = {
    ...about,
    trace_id: '0af7651916cd43dd8448eb211c80319c',
    confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
    position: '42',
  };
  const [active, canary] = [
    evaluableBundle({ ...bundle, bundle_hash }),
    evaluableBundle({ ...other, bundle_hash: bundleHash(other) }, 'canary'),
  ];
  const versions = { auto_approval: 'default', time_zone: 'Europe/London', canary_stage: '7' };
  return [
    {
      data: {
        ...evaluate({
          ...rest,
          evaluation_id: '00000000-0000-5000-8000-000000000005',
          bundle: canary,
          versions,
        }),
        input,
        shadow: shadowOf(about, active),
      },
      bundle: other,
      policies: [],
      shadow: bundle,
    },
    {
      data: {
        ...evaluate({
          ...rest,
          evaluation_id: '00000000-0000-5000-8000-000000000006',
          bundle: active,
          versions: { ...versions, team: 'north' },
        }),
        input,
        shadow: shadowOf(about, canary),
      },
      bundle,
      policies: [],
      shadow: other,
    },
    {
      data: {
        ...evaluate({
          ...rest,
          evaluation_id: '00000000-0000-5000-8000-000000000007',
          bundle: null,
          floor: 'bypassed',
          versions: { auto_approval: 'default', time_zone: 'Europe/London' },
        }),
        input,
      },
      bundle: null,
      policies: [],
    },
  ];
};
