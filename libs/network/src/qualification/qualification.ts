import type { EarnedLevel, LeafChange, QualificationCell, QualificationState } from '@interlock/contracts';
import { ProblemError } from '@interlock/kernel';

/** The leaf that a qualification changes and restores. */
type QualificationProbe = {
  /** The binding whose paths the leaf is in. */
  readonly binding: string;
  readonly change: LeafChange;
};

/** A qualification that is under way. */
export type QualificationRun = {
  readonly run_id: string;
  readonly probe: QualificationProbe;
  /** After this time another instance of the gateway may clean up after the run. */
  readonly ends_by: string;
};

/** The result of a device's last completed qualification. */
export type Qualification = {
  readonly run_id: string;
  readonly level: EarnedLevel;
  readonly cells: readonly QualificationCell[];
  /** The hash over the capabilities of the hello, which include the id of the YANG library. */
  readonly capabilities_hash: string;
  readonly qualified_at: string;
  /** Why the result is no longer valid; null while it is valid. */
  readonly stale: string | null;
};

export type QualificationEvent =
  /** Written before the device is touched. */
  | {
      readonly type: 'DeviceQualificationStarted';
      readonly data: QualificationRun & { readonly device_id: string; readonly reason: string };
    }
  | {
      readonly type: 'DeviceQualified';
      readonly data: Omit<Qualification, 'qualified_at' | 'stale'> & { readonly device_id: string };
    }
  /** The run ended without a result. An earlier result stays as it was. */
  | {
      readonly type: 'DeviceQualificationFailed';
      readonly data: { readonly device_id: string; readonly run_id: string; readonly why: string };
    }
  /** The device has changed, so it must be qualified again. */
  | {
      readonly type: 'DeviceQualificationLapsed';
      readonly data: { readonly device_id: string; readonly capabilities_hash: string };
    };

export type QualificationCommand =
  | ({ readonly kind: 'StartQualification'; readonly reason: string } & QualificationRun)
  | {
      readonly kind: 'RecordQualification';
      readonly run_id: string;
      readonly cells: readonly QualificationCell[];
      readonly capabilities_hash: string;
    }
  | { readonly kind: 'FailQualification'; readonly run_id: string; readonly why: string }
  /** The hash of the capabilities that the device shows now. */
  | { readonly kind: 'NoteCapabilities'; readonly capabilities_hash: string };

export type QualificationMembers = {
  /** The run that is under way; null if there is none. */
  readonly qualifying: QualificationRun | null;
  /** The last result; null if the device was never qualified. */
  readonly qualification: Qualification | null;
  /** Why the last run has no result; null if it has one, or is under way. */
  readonly qualification_fault: string | null;
};

export const notQualified: QualificationMembers = {
  qualifying: null,
  qualification: null,
  qualification_fault: null,
};

export const qualificationTypes = [
  'DeviceQualificationStarted',
  'DeviceQualified',
  'DeviceQualificationFailed',
  'DeviceQualificationLapsed',
] as const satisfies readonly QualificationEvent['type'][];

/** The state of a device's qualification, for people and policies. */
export const qualificationState = ({
  qualifying,
  qualification,
}: Pick<QualificationMembers, 'qualifying' | 'qualification'>): QualificationState => {
  if (qualifying !== null) return 'running';
  if (qualification === null) return 'missing';
  return qualification.stale === null ? 'current' : 'stale';
};

/** The level that the device has earned and still has; null while it has none. */
export const earnedBy = ({
  qualification,
}: Pick<QualificationMembers, 'qualification'>): EarnedLevel | null =>
  qualification === null || qualification.stale !== null ? null : qualification.level;

/**
 * Returns the level that a matrix earns. `commit_id` does not count, because the inverse edit
 * stands in for it.
 */
const earnedLevel = (cells: readonly QualificationCell[]): EarnedLevel => {
  const passes = (some: readonly QualificationCell[]): boolean =>
    some.length > 0 && some.every(({ result }) => result === 'pass');
  const judged = cells.filter(({ way, result }) => result !== 'not_offered' && way !== 'commit_id');
  const ends = judged.filter(({ way }) => way !== 'edit_back');
  if (!passes(judged.filter(({ way }) => way === 'edit_back'))) return 'none';
  const offered = (way: QualificationCell['way']): boolean => ends.some((cell) => cell.way === way);
  if (!offered('confirm') || !offered('timeout')) return 'inverse-edit';
  if (passes(ends)) return 'confirmed-commit';
  return passes(ends.filter(({ locks }) => locks === 'none')) ? 'confirmed-commit-unlocked' : 'inverse-edit';
};

/** The rules of a device's qualification. */
export const decideQualification = (
  command: QualificationCommand,
  { qualifying, qualification }: QualificationMembers,
  deviceId: string,
): readonly QualificationEvent[] => {
  switch (command.kind) {
    case 'StartQualification': {
      const { kind: _, ...run } = command;
      if (qualifying !== null)
        throw new ProblemError('wrong-state', `device \`${deviceId}\` is being qualified`, {
          members: { run_id: qualifying.run_id },
          remedy: 'wait for its end',
        });
      return [{ type: 'DeviceQualificationStarted', data: { device_id: deviceId, ...run } }];
    }
    case 'RecordQualification': {
      const { kind: _, run_id, cells, capabilities_hash } = command;
      if (qualifying?.run_id !== run_id)
        throw new ProblemError('wrong-state', `the qualification of device \`${deviceId}\` is over`);
      return [
        {
          type: 'DeviceQualified',
          data: { device_id: deviceId, run_id, level: earnedLevel(cells), cells, capabilities_hash },
        },
      ];
    }
    case 'FailQualification':
      return qualifying?.run_id === command.run_id
        ? [
            {
              type: 'DeviceQualificationFailed',
              data: { device_id: deviceId, run_id: command.run_id, why: command.why },
            },
          ]
        : [];
    case 'NoteCapabilities':
      return qualification === null ||
        qualification.stale !== null ||
        qualification.capabilities_hash === command.capabilities_hash
        ? []
        : [
            {
              type: 'DeviceQualificationLapsed',
              data: { device_id: deviceId, capabilities_hash: command.capabilities_hash },
            },
          ];
  }
};

/** The members after an event. */
export const evolveQualification = (
  state: QualificationMembers,
  event: QualificationEvent,
  at: string,
): QualificationMembers => {
  switch (event.type) {
    case 'DeviceQualificationStarted': {
      const { run_id, probe, ends_by } = event.data;
      return { ...state, qualifying: { run_id, probe, ends_by }, qualification_fault: null };
    }
    case 'DeviceQualified': {
      const { device_id: _, ...result } = event.data;
      return {
        ...notQualified,
        qualification: { ...result, qualified_at: at, stale: null },
      };
    }
    case 'DeviceQualificationFailed':
      return { ...state, qualifying: null, qualification_fault: event.data.why };
    case 'DeviceQualificationLapsed':
      return { ...state, qualification: withdrawn(state, 'its modules or capabilities have changed') };
  }
};

/** Returns the result as it counts after the device has changed. */
export const withdrawn = (
  { qualification }: Pick<QualificationMembers, 'qualification'>,
  why: string,
): Qualification | null => (qualification === null ? null : { ...qualification, stale: why });
