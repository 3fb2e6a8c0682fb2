import type { DomainEvent } from '@interlock/kernel';
import {
  assess,
  defaultOrange,
  defaultPostureConfig,
  levelDecider,
  noHistory,
  postureConfigDecider,
  postureRunDecider,
  signalCommand,
  signalDecider,
} from '../src/index.js';

import { responseExamples } from './golden-responses.js';

/** One example of each event of this context, as the deciders write it now. */
export const exampleEvents = (): { readonly [type: string]: object } => {
  const now = '2026-01-01T12:00:00.000Z';
  const posture = assess({
    tenant_id: 'demo',
    own: { integrity_score: { report: { value: 92, at: now, source: 'probe' }, refused: null } },
    system: {},
    config: defaultPostureConfig,
    history: noHistory,
    now,
    version: '1',
  });
  const events: readonly DomainEvent[] = [
    ...signalDecider.decide(
      { kind: 'ReportSignal', name: 'integrity_score', value: 97.5, source: 'probe', now },
      signalDecider.initial,
    ),
    ...signalDecider.decide(
      signalCommand({ kind: 'ReportSignal', name: 'integrity_score', value: 101, source: 'probe', now }),
      signalDecider.initial,
    ),
    ...postureConfigDecider.decide(
      { kind: 'ConfigurePosture', config: { ...defaultPostureConfig, orange: defaultOrange } },
      postureConfigDecider.initial,
    ),
    ...levelDecider.decide(
      { kind: 'RecordLevel', ...posture, dwell_s: 60, now, reasons: posture.effective_reasons },
      noHistory,
    ),
  ];
  const runs: readonly DomainEvent[] = [
    ...postureRunDecider.decide(
      {
        kind: 'RecordRun',
        run: {
          run_id: '0198f7a0-0000-7000-8000-000000000001',
          trigger: 'schedule',
          due_at: '2026-01-01T04:45:00.000Z',
          policy: posture.policy,
          effective: posture.effective,
          inputs: posture.inputs,
        },
      },
      postureRunDecider.initial,
    ),
    ...postureRunDecider.decide(
      {
        kind: 'RecordFailedRun',
        run: {
          run_id: '0198f7a0-0000-7000-8000-000000000002',
          trigger: 'command',
          branch: 'fix/policy-orchestrator-20260101T044500Z',
          detail: 'federation/weighted_consensus.json is no JSON',
        },
      },
      postureRunDecider.initial,
    ),
  ];
  return Object.fromEntries(
    [...events, ...runs, ...responseExamples()].map(({ type, data }) => [type, data]),
  );
};
