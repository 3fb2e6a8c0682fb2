import type { DomainEvent } from '@interlock/kernel';
import {
  assess,
  defaultOrange,
  defaultPostureConfig,
  levelDecider,
  noHistory,
  postureConfigDecider,
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
      { kind: 'ReportSignal', name: 'integrity_score', value: 101, source: 'probe', now },
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
  return Object.fromEntries([...events, ...responseExamples()].map(({ type, data }) => [type, data]));
};
