import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostKeyFingerprint } from '@interlock/netconf';
import type { Device } from '@interlock/network';
import { startNetconfdServer, type NetconfdOptions as ServerOptions } from '@interlock/testing';
import type { SimulatedCell } from './simulator.js';

const yang = fileURLToPath(new URL('../../device-simulator/yang', import.meta.url));

export type Netconfd = {
  readonly port: number;
  readonly username: string;
  readonly fingerprint: string;
  /** Directory that holds the private key `demo/user`, which is bound to this server. */
  readonly home: string;
  readonly cells: readonly SimulatedCell[];
  readonly stop: () => Promise<void>;
};

const ids = ['y-1', 'y-2', 'y-3'];
const cells: readonly SimulatedCell[] = ids.map((cell_id) => ({
  cell_id,
  device_id: 'yuma',
  neighbours: ids.filter((other) => other !== cell_id).map((other) => ({ cell_id: other, coverage: 'FULL' })),
}));

/** The options of a netconfd, and the cells that it serves. */
export type NetconfdOptions = Omit<ServerOptions, 'userKey'> & { readonly cells: readonly SimulatedCell[] };

const ranStartup = `<ran xmlns="urn:interlock:params:xml:ns:yang:ran">${cells
  .map(
    ({ cell_id: id, neighbours }) =>
      `<cell><id>${id}</id><attributes><administrativeState>UNLOCKED</administrativeState><configuredMaxTxPower>400</configuredMaxTxPower></attributes>${neighbours
        .map(
          (one) =>
            `<relation><target>${one.cell_id}</target><attributes><isHOAllowed>false</isHOAllowed><isESCoveredBy>FULL</isESCoveredBy></attributes></relation>`,
        )
        .join('')}</cell>`,
  )
  .join('')}</ran>`;

export const ranOptions: NetconfdOptions = {
  modules: [yang],
  load: ['interlock-ran'],
  startup: ranStartup,
  target: 'candidate',
  cells,
};

/**
 * A server that others wrote, behind an sshd of its own; by default with Interlock's YANG module
 * and three cells.
 */
export const startNetconfd = async ({
  cells: served,
  ...options
}: NetconfdOptions = ranOptions): Promise<Netconfd> => {
  const { hostKey, ...server } = await startNetconfdServer({ ...options, userKey: 'demo/user' });
  const fingerprint = hostKeyFingerprint(hostKey);
  await writeFile(join(server.home, 'demo/user.for'), `127.0.0.1:${server.port} ${fingerprint}\n`);
  return { ...server, fingerprint, cells: served };
};

/** The server as the device `yuma`. */
export const entryOf = ({ port, username, fingerprint, cells: served }: Netconfd): Device => ({
  device_id: 'yuma',
  site_id: 'site-y',
  host: '127.0.0.1',
  port,
  username,
  credentials_ref: 'file:user',
  host_key_fingerprint: fingerprint,
  profile: '3gpp',
  cells: served.map(({ cell_id, neighbours }) => ({ cell_id, neighbours })),
});
