import type { ProfileName } from './device/profiles.js';
import type { TlsIdentity } from './device/tls.js';
import type { CellScript, CellSpec, Coverage } from './ran/model.js';

export type DeviceUser = {
  readonly username: string;
  readonly password: string;
  readonly groups?: readonly string[];
};

/**
 * One device to simulate. The default port is any free one; the default password is derived from
 * the simulator's key.
 */
export type DeviceSpec = {
  readonly device_id: string;
  readonly site_id: string;
  readonly port?: number;
  readonly username?: string;
  readonly password?: string;
  /** Where it calls home, as `HOST:PORT`. It listens on its own port as well. */
  readonly call_home?: string;
  /**
   * How many connections it opens itself over TLS, at a time; 8 by default. Over SSH it opens one.
   */
  readonly calls_at_once?: number;
  /** It speaks TLS (RFC 7589) instead of SSH, and asks for no password. */
  readonly tls?: TlsIdentity;
  /** The behaviour of the device; the default is `3gpp`. */
  readonly profile?: ProfileName;
  /**
   * The YANG models of the device, as names or files of bindings. The default is Interlock's own.
   */
  readonly models?: readonly string[];
  /**
   * Whether the device controls access by the rules in its configuration (RFC 8341). It always does
   * if it has further users.
   */
  readonly nacm?: boolean;
  /** Whether the device pushes changes of running to subscribers (RFC 8641). */
  readonly yang_push?: boolean;
  /** Further users with their groups. The rules determine what they may do. */
  readonly users?: readonly DeviceUser[];
  readonly cells: readonly CellSpec[];
};

const SITES: readonly {
  readonly script: CellScript;
  readonly users: number;
  readonly neighbourUsers: number;
}[] = [
  { script: 'low_risk', users: 90, neighbourUsers: 110 },
  { script: 'ordinary', users: 100, neighbourUsers: 165 },
  { script: 'ordinary', users: 110, neighbourUsers: 170 },
  { script: 'overloaded_neighbours', users: 110, neighbourUsers: 262 },
  { script: 'failing', users: 100, neighbourUsers: 140 },
];

const cell = (
  site: string,
  n: number,
  users: number,
  script: CellScript,
  coverage: (other: number) => Coverage,
): CellSpec => ({
  cell_id: `cell-${site}-${n}`,
  users,
  mbps_per_user: 2,
  capacity_mbps: 600,
  tx_power: 400,
  max_tx_power: 460,
  neighbours: [1, 2, 3]
    .filter((other) => other !== n)
    .map((other) => ({ cell_id: `cell-${site}-${other}`, coverage: coverage(other) })),
  script,
});

/**
 * Returns a network of `count` sites, each a device with three cells, all with the same profile.
 */
export const fleetOf = (count: number, profile: ProfileName): DeviceSpec[] =>
  Array.from({ length: count }, (_, index) => {
    const site = String(index + 1).padStart(3, '0');
    return {
      device_id: `gnb-${site}`,
      site_id: `site-${site}`,
      profile,
      cells: [1, 2, 3].map((n) => cell(site, n, 100, 'none', () => 'FULL')),
    };
  });

/**
 * Returns the network of the demo: five sites with three cells each. The first cell of each site
 * fails. Its neighbours have much capacity left at `gnb-001` and enough at `gnb-002` and `gnb-003`.
 * At `gnb-004` they have almost none, so a failover there makes things worse. The one at `gnb-005`
 * fails from the start and is reserved for the first intent of docs/integrating.md.
 */
export const demoFleet = (): DeviceSpec[] =>
  SITES.map(({ script, users, neighbourUsers }, index) => {
    const site = String(index + 1).padStart(3, '0');
    return {
      device_id: `gnb-${site}`,
      site_id: `site-${site}`,
      cells: [
        cell(site, 1, users, script, () => 'FULL'),
        cell(site, 2, neighbourUsers, 'none', (other) => (other === 1 ? 'FULL' : 'PARTIAL')),
        cell(site, 3, neighbourUsers, 'none', (other) => (other === 1 ? 'FULL' : 'PARTIAL')),
      ],
    };
  });
