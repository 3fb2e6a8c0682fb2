import { modeDecider, modeStream } from '@interlock/autonomy';
import { signalDecider, signalStream } from '@interlock/posture';
import { writePolicy } from './policies.ts';
import { compileActive } from './provision.ts';
import { type Journal, person, service, tenant } from './journal.ts';
import { recordFailedRun } from './posture.ts';

const anna = person('anna');
const signal = (log: Journal): void => {
  log.tell(
    signalStream(tenant, 'integrity_score'),
    signalDecider,
    { kind: 'ReportSignal', name: 'integrity_score', value: 100, source: 'sensor', now: log.at },
    service('posture'),
  );
};

/**
 * Events that may happen before the first action. Each changes all later random choices, and so the
 * alerts. The seeds are those whose alerts change most.
 */
export const early = [
  {
    what: 'a target of the tenant',
    seed: 1,
    more: (log: Journal): void =>
      log.tell(modeStream(tenant), modeDecider, { kind: 'SetTarget', target_share: 0.97 }, anna),
  },
  { what: 'a signal', seed: 6, more: signal },
  { what: 'a run that failed', seed: 5, more: recordFailedRun },
  {
    what: 'a change of a policy',
    seed: 1,
    more: (log: Journal): void => {
      writePolicy(log, 'failover', { kind: 'ChangePolicy', change: { min_confidence: 0.06 } }, anna);
      compileActive(log);
    },
  },
] as const;
