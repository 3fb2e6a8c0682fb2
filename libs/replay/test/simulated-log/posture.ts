import {
  assess,
  defaultPostureConfig,
  defaultInputs,
  levelDecider,
  postureConfigDecider,
  postureRunDecider,
  runsStream,
  signalDecider,
  signalNames,
  signalStream,
  type PostureAssessment,
} from '@interlock/posture';
import { type Journal, tenant, service } from './journal.ts';

/** The posture as of now. */
export const assessed = (log: Journal): PostureAssessment => {
  const own = Object.fromEntries(
    signalNames.map((name) => [name, log.state(signalStream(tenant, name), signalDecider as never)]),
  );
  const { config } = log.state(`posture-${tenant}:config`, postureConfigDecider as never) as {
    readonly config: typeof defaultPostureConfig;
  };
  return assess({
    tenant_id: tenant,
    own,
    system: {},
    config,
    history: log.state(`posture-${tenant}:level`, levelDecider as never),
    now: log.at,
    version: `${log.position}`,
  });
};

/** Records the level that follows from the present signals. */
export const recordLevel = (log: Journal): void => {
  const of = assessed(log);
  const { policy, target, floor, dwell_s, red_triggers, orange_triggers, yellow_triggers, inputs } = of;
  log.tell(
    `posture-${tenant}:level`,
    levelDecider,
    {
      kind: 'RecordLevel',
      policy,
      target,
      floor,
      dwell_s,
      now: log.at,
      reasons: of.effective_reasons,
      red_triggers,
      orange_triggers,
      yellow_triggers,
      inputs,
    },
    service('posture'),
  );
};

const credential = 'service:nats.demo.sensor';

/** Every sensor reports a usual value. */
export const reportSignals = (log: Journal): void => {
  for (const name of signalNames)
    log.tell(
      signalStream(tenant, name),
      signalDecider,
      { kind: 'ReportSignal', name, value: defaultInputs[name], source: 'sensor', credential, now: log.at },
      service('nats.demo.sensor'),
    );
  recordLevel(log);
};

/** An evaluation whose files could not be written. */
export const recordFailedRun = (log: Journal): void => {
  const { policy, effective, inputs } = assessed(log);
  const run = { run_id: `run-${log.position}`, trigger: 'command' as const };
  const stream = runsStream(tenant);
  log.tell(
    stream,
    postureRunDecider,
    { kind: 'RecordRun', run: { ...run, policy, effective, inputs } },
    service('posture'),
  );
  log.tell(
    stream,
    postureRunDecider,
    { kind: 'RecordFailedRun', run: { ...run, branch: null, detail: 'the folder cannot be written' } },
    service('posture'),
  );
};
