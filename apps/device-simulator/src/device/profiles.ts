import { capability } from '@interlock/netconf';

/**
 * The behaviour of a kind of device, as data. It imitates how vendors' servers process a change,
 * not their own models.
 */
export type DeviceProfile = {
  readonly versions: readonly ('1.0' | '1.1')[];
  /** `private`: each session edits its own copy. */
  readonly candidate: 'shared' | 'private' | 'none';
  /** The version of confirmed commit. 1.0 has neither persist nor cancel-commit. */
  readonly confirmedCommit: '1.1' | '1.0' | 'none';
  readonly writableRunning: boolean;
  /** True if running is lost at a restart unless it was copied to startup. */
  readonly startup: boolean;
  readonly validate: boolean;
  /** True if commits have ids, and a rollback to one is offered. */
  readonly commitIds: boolean;
  /** True if a commit is answered with a warning beside ok. */
  readonly warnsBesideOk: boolean;
  /** A comment sent before the hello. */
  readonly comment?: string;
};

export type ProfileName = '3gpp' | 'nokia' | 'huawei' | 'juniper' | 'plain-commit' | 'ericsson';

const standard: DeviceProfile = {
  versions: ['1.0', '1.1'],
  candidate: 'shared',
  confirmedCommit: '1.1',
  writableRunning: false,
  startup: false,
  validate: true,
  commitIds: false,
  warnsBesideOk: false,
};

export const profiles: Readonly<Record<ProfileName, DeviceProfile>> = {
  '3gpp': standard,
  nokia: standard,
  huawei: { ...standard, candidate: 'private', commitIds: true },
  juniper: {
    ...standard,
    versions: ['1.0'],
    confirmedCommit: '1.0',
    warnsBesideOk: true,
    comment: ' a device that greets in a comment ',
  },
  'plain-commit': { ...standard, confirmedCommit: 'none' },
  ericsson: {
    ...standard,
    candidate: 'none',
    confirmedCommit: 'none',
    writableRunning: true,
    startup: true,
    validate: false,
  },
};

/** The protocol capabilities that a hello of this profile lists. */
export const profileCapabilities = (profile: DeviceProfile): string[] => [
  ...profile.versions.map((version) => (version === '1.0' ? capability.base10 : capability.base11)),
  ...(profile.candidate === 'none' ? [] : [capability.candidate]),
  ...(profile.confirmedCommit === 'none' ? [] : [capability.confirmedCommit10]),
  ...(profile.confirmedCommit === '1.1' ? [capability.confirmedCommit11] : []),
  ...(profile.writableRunning ? [capability.writableRunning] : []),
  ...(profile.startup ? [capability.startup] : []),
  ...(profile.validate ? [capability.validate10, capability.validate11] : []),
  capability.rollbackOnError,
  capability.notification,
  capability.interleave,
];
