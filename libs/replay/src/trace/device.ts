import { short } from '@interlock/kernel';
import type { KpiSample, Observation } from '@interlock/contracts';
import type { DeviceExchange, DeviceTxEvent } from '@interlock/network';
import { xmlLines } from './text-lines.js';
import { changeLines, reasonLines, type StepText } from './gates.js';

const rollbackWays = {
  'nothing-applied': 'nothing had been applied',
  'cancel-commit': 'by cancelling the commit',
  'device-timer': "the device's own timer took it back",
  'device-restart': 'the device had lost it',
  'inverse-edit': 'by the inverse edit',
  'commit-id': 'by a rollback to the commit before it',
  'found-gone': 'it was found gone',
} as const;

export const kpiLines = (observation: Observation): readonly string[] => [
  `${observation.samples} samples`,
  ...Object.keys(observation.delta).map(
    (kpi) =>
      `${kpi}: ${observation.before[kpi] ?? 'nothing'} -> ${observation.after[kpi] ?? 'nothing'} (${observation.delta[kpi]! >= 0 ? '+' : ''}${observation.delta[kpi]})`,
  ),
  ...reasonLines(observation.breaches),
];

/** The last sample of each cell. */
const sampleLines = (samples: readonly KpiSample[]): readonly string[] =>
  [...new Map(samples.map((sample) => [sample.entity_id, sample])).values()].map(
    ({ at, entity_id, kpis }) =>
      `${entity_id} at ${at}: ${Object.entries(kpis)
        .map(([kpi, value]) => `${kpi} ${value}`)
        .join(', ')}`,
  );

const exchangeLines = (exchanges: readonly DeviceExchange[] | undefined): readonly string[] =>
  (exchanges ?? []).flatMap(({ at, operation, sent, outcome, detail, ms }) => [
    `sent at ${at}: ${operation}, answered ${outcome} after ${ms} ms${detail === null ? '' : `: ${detail}`}`,
    ...xmlLines(sent).map((line) => `  ${line}`),
  ]);

/**
 * Describes one step of the transaction on the device, including the sent requests if the event
 * contains them.
 */
export const deviceStep = ({ type, data }: DeviceTxEvent): StepText => {
  const step = (title: string, ...lines: readonly string[]): StepText => ({
    title,
    lines: [...lines, ...exchangeLines('exchanges' in data ? data.exchanges : undefined)],
  });
  switch (type) {
    case 'TurnAccepted':
      return step(
        `device ${data.device_id}: turn ${data.turn} is waited for`,
        `at ${data.device.host}:${data.device.port}, host key ${data.device.host_key_fingerprint}`,
      );
    case 'TurnTaken':
      return step(
        `device: turn ${data.turn} is taken, with the locks held`,
        `plan ${short(data.plan_hash)}, by instance ${data.instance}`,
      );
    case 'TurnLapsed':
      return step(
        `device: turn ${data.turn} is over, nothing was sent under it`,
        ...reasonLines(data.reasons),
      );
    case 'ApplyAccepted':
      return step(
        `device ${data.device_id}: the execution is taken on`,
        `plan ${short(data.plan_hash)}, epoch ${data.epoch}, soak ${data.soak_s} s, confirm timer ${data.confirm_timeout_s} s`,
      );
    case 'ApplyRefused':
      return step('device: the execution is refused, nothing was committed', ...reasonLines(data.reasons));
    case 'ChangePrepared':
      return step(
        'device: the change is prepared',
        ...changeLines(data.changes),
        `diff ${short(data.diff_hash)}, leaves as they were ${short(data.leaves_fingerprint)}, pre-image ${short(data.pre_image_hash)}`,
        'edit:',
        ...xmlLines(data.edit_xml).map((line) => `  ${line}`),
        'its inverse:',
        ...xmlLines(data.inverse_xml).map((line) => `  ${line}`),
        ...sampleLines(data.samples_before),
      );
    case 'TentativeCommitRequested':
      return step(`device: the tentative commit is asked for, with a timer of ${data.confirm_timeout_s} s`);
    case 'TentativeCommitApplied':
      return step(
        'device: tentatively committed, and read back',
        `applied at ${data.applied_at}, the device takes it back by itself at ${data.timer_ends_at}`,
        `read back ${short(data.read_back_hash)}`,
      );
    case 'KpisObserved':
      return step(
        'device: observed over the soak',
        ...kpiLines(data.observation),
        ...sampleLines(data.samples),
      );
    case 'ConfirmRequested':
      return step('device: the confirm is asked for');
    case 'ChangeConfirmed':
      return step('device: made permanent, and read back', `read back ${short(data.read_back_hash)}`);
    case 'CancelRequested':
      return step(
        `device: the change is to be taken back${data.request_id === null ? ", by the gateway's own decision" : ''}`,
        ...reasonLines(data.reasons),
      );
    case 'InverseEditRequested':
      return step('device: the change is to be edited back', ...reasonLines(data.reasons));
    case 'InverseCommitRequested':
      return step(`device: the inverse edit is asked for, by instance ${data.instance}`);
    case 'UndoRefused':
      return step('device: the rollback is refused, the change stays', ...reasonLines(data.reasons));
    case 'ChangeRolledBack':
      return step(`device: the change is gone, ${rollbackWays[data.how]}`, ...reasonLines(data.reasons));
    case 'ApplyFailed':
      return step('device: the change could not be made', ...reasonLines(data.reasons));
    case 'RollbackFailed':
      return step(
        'device: the change could not be taken back, the device is in quarantine',
        ...reasonLines(data.reasons),
        ...changeLines(data.left),
      );
  }
};
