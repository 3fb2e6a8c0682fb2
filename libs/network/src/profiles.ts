import { levelNumber, type EarnedLevel } from '@interlock/contracts';

/**
 * How a device uses the protocol, as data. Vendors differ only in their profiles, never in code
 * paths. Bindings define where their data is.
 */
export type DeviceProfile = {
  readonly profile: string;
  readonly candidate: 'required' | 'private' | 'absent';
  /**
   * `1.0`: only the session of the confirmed commit can confirm it, and the end of that session
   * cancels it.
   */
  readonly confirmed_commit: '1.1' | '1.0' | 'absent';
  /**
   * How a confirmed change is taken back. `commit-id`: by a rollback to the commit before it, as
   * long as no other commit followed and the device has named both; else by the inverse edit.
   */
  readonly rollback: 'inverse-edit' | 'commit-id';
  /** The capabilities that the safe change requires. */
  readonly requires: readonly (
    | 'candidate'
    | 'confirmed-commit-1.1'
    | 'confirmed-commit-1.0'
    | 'validate'
    | 'rollback-on-error'
    | 'writable-running'
  )[];
  /** Whether the payloads were checked, and against which program. */
  readonly payloads: 'verified' | 'unverified';
  readonly verified_by: string | null;
};

/** The values that cellIndividualOffset may take, in dB (TS 38.331 Q-OffsetRange). */
export const cellOffsets: readonly number[] = [
  -24, -22, -20, -18, -16, -14, -12, -10, -8, -6, -5, -4, -3, -2, -1, 0, 1, 2, 3, 4, 5, 6, 8, 10, 12, 14, 16,
  18, 20, 22, 24,
];

/**
 * KPIs of a cell: users (count), load_pct 0–100, throughput_mbps, latency_ms, drop_rate_pct 0–100,
 * availability_pct 0–100.
 */
export const kpiNames = [
  'users',
  'load_pct',
  'throughput_mbps',
  'latency_ms',
  'drop_rate_pct',
  'availability_pct',
] as const;

const safeChange = ['candidate', 'confirmed-commit-1.1', 'validate', 'rollback-on-error'] as const;
const vendor = (
  profile: string,
  over: Pick<DeviceProfile, 'candidate' | 'confirmed_commit' | 'requires'>,
): DeviceProfile => ({
  profile,
  rollback: 'inverse-edit',
  payloads: 'unverified',
  verified_by: null,
  ...over,
});

/** The profiles that a device can be registered with. */
export const profiles: { readonly [name: string]: DeviceProfile } = {
  '3gpp': {
    ...vendor('3gpp', {
      candidate: 'required',
      confirmed_commit: '1.1',
      requires: safeChange,
    }),
    payloads: 'verified',
    verified_by: 'apps/device-simulator',
  },
  nokia: vendor('nokia', {
    candidate: 'required',
    confirmed_commit: '1.1',
    requires: safeChange,
  }),
  huawei: {
    ...vendor('huawei', {
      candidate: 'private',
      confirmed_commit: '1.1',
      requires: safeChange,
    }),
    rollback: 'commit-id',
  },
  juniper: vendor('juniper', {
    candidate: 'required',
    confirmed_commit: '1.0',
    requires: ['candidate', 'confirmed-commit-1.0', 'validate', 'rollback-on-error'],
  }),
  'plain-commit': vendor('plain-commit', {
    candidate: 'required',
    confirmed_commit: 'absent',
    requires: ['candidate', 'validate', 'rollback-on-error'],
  }),
  ericsson: vendor('ericsson', {
    candidate: 'absent',
    confirmed_commit: 'absent',
    requires: ['writable-running', 'rollback-on-error'],
  }),
};

/**
 * How safe a change on a device is. `confirmed-commit`: the device itself takes back an unconfirmed
 * change. `inverse-edit`: only the gateway can take it back.
 */
export type SafetyLevel = 'confirmed-commit' | 'inverse-edit';

/** Returns the safety level of a profile. */
export const safetyOf = ({ confirmed_commit }: DeviceProfile): SafetyLevel =>
  confirmed_commit === 'absent' ? 'inverse-edit' : 'confirmed-commit';

/**
 * Returns the profile of the least safe device, which determines the safety of a change of several.
 */
export const leastSafe = (names: readonly string[]): string =>
  names.find((name) => safetyOf(profiles[name]!) === 'inverse-edit') ?? names[0]!;

const leastEarned = {
  'confirmed-commit': 'confirmed-commit-unlocked',
  'inverse-edit': 'inverse-edit',
} as const satisfies { readonly [needs in SafetyLevel]: EarnedLevel };

/**
 * Returns why devices of a profile cannot make a change that needs a level; null if they can.
 * `earned` is the level of the device's valid qualification; null if it has none.
 */
export const unsupportedBy = (
  profile: DeviceProfile,
  needs: SafetyLevel,
  earned: EarnedLevel | null,
): string | null => {
  if (needs === 'confirmed-commit' && safetyOf(profile) !== needs)
    return `the change needs a confirmed commit, and devices of profile \`${profile.profile}\` have none`;
  return earned !== null && levelNumber(earned) < levelNumber(leastEarned[needs])
    ? `the change needs the level \`${leastEarned[needs]}\`, and the device's qualification has earned \`${earned}\``
    : null;
};
