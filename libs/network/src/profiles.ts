/** Where a device keeps the leaves and KPIs of a RAN. Templates take `{cell}` and `{neighbour}`. */
type RanModel = {
  readonly namespace: string;
  /** Children that are the keys of a list, by the list's name. */
  readonly list_keys: { readonly [list: string]: readonly string[] };
  /** Subtrees of the configuration and of the state that the handlers read. */
  readonly config_root: string;
  /** The list entry of one cell. */
  readonly cell_entry: string;
  readonly state_root: string;
  readonly leaves: {
    /** `LOCKED` or `UNLOCKED` (TS 28.541 NRCellDU.administrativeState). */
    readonly administrative_state: string;
    /** In the profile's units (NRSectorCarrier.configuredMaxTxPower). */
    readonly max_tx_power: string;
    /** `true` or `false` (NRCellRelation.isHOAllowed). */
    readonly ho_allowed: string;
    /** dB, one of `cellOffsets` (NRCellRelation.cellIndividualOffset). */
    readonly individual_offset: string;
    /** `FULL`, `PARTIAL` or `NO` (NRCellRelation.isESCoveredBy). */
    readonly covered_by: string;
  };
  /** Template of each KPI's leaf by the KPI's name (see `kpiNames`). */
  readonly kpis: { readonly [kpi: string]: string };
};

/**
 * The behaviour of a device, as data. Vendors differ only in their profiles, never in code paths.
 */
export type DeviceProfile = {
  readonly profile: string;
  readonly candidate: 'required' | 'private' | 'absent';
  readonly confirmed_commit: '1.1' | '1.0' | 'absent';
  /** The capabilities that the safe change requires. */
  readonly requires: readonly ('candidate' | 'confirmed-commit-1.1' | 'validate' | 'rollback-on-error')[];
  /** false: the safe change is not implemented for this behaviour, so the device is refused. */
  readonly supported: boolean;
  /**
   * The carrier's licence in dBm, the step for setting power in dB, and the leaf's units per dB.
   */
  readonly power: {
    readonly min_dbm: number;
    readonly max_dbm: number;
    readonly step_db: number;
    readonly units_per_db: number;
  };
  readonly model: RanModel;
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

const cell = '/ran/cell[id={cell}]';
const relation = `${cell}/relation[target={neighbour}]`;

/** Interlock's own small model of simulated cells, shaped after TS 28.541. */
const ranModel: RanModel = {
  namespace: 'urn:interlock:params:xml:ns:yang:ran',
  list_keys: { cell: ['id'], relation: ['target'], rrmPolicyRatio: ['id'] },
  config_root: '/ran',
  cell_entry: cell,
  leaves: {
    administrative_state: `${cell}/attributes/administrativeState`,
    max_tx_power: `${cell}/attributes/configuredMaxTxPower`,
    ho_allowed: `${relation}/attributes/isHOAllowed`,
    individual_offset: `${relation}/attributes/cellIndividualOffset`,
    covered_by: `${relation}/attributes/isESCoveredBy`,
  },
  kpis: Object.fromEntries(kpiNames.map((kpi) => [kpi, `/ran-state/cell[id={cell}]/${kpi}`])),
  state_root: '/ran-state',
};

const power = { min_dbm: 0, max_dbm: 46, step_db: 1, units_per_db: 10 };
const safeChange = ['candidate', 'confirmed-commit-1.1', 'validate', 'rollback-on-error'] as const;
const vendor = (
  profile: string,
  over: Pick<DeviceProfile, 'candidate' | 'confirmed_commit' | 'requires' | 'supported'>,
): DeviceProfile => ({ profile, power, model: ranModel, payloads: 'unverified', verified_by: null, ...over });

/** The profiles that a device can be registered with. */
export const profiles: { readonly [name: string]: DeviceProfile } = {
  '3gpp': {
    ...vendor('3gpp', {
      candidate: 'required',
      confirmed_commit: '1.1',
      requires: safeChange,
      supported: true,
    }),
    payloads: 'verified',
    verified_by: 'apps/device-simulator',
  },
  nokia: vendor('nokia', {
    candidate: 'required',
    confirmed_commit: '1.1',
    requires: safeChange,
    supported: true,
  }),
  huawei: vendor('huawei', {
    candidate: 'private',
    confirmed_commit: '1.1',
    requires: safeChange,
    supported: true,
  }),
  juniper: vendor('juniper', {
    candidate: 'required',
    confirmed_commit: '1.0',
    requires: ['candidate', 'validate'],
    supported: false,
  }),
  ericsson: vendor('ericsson', {
    candidate: 'absent',
    confirmed_commit: 'absent',
    requires: ['rollback-on-error'],
    supported: false,
  }),
};
