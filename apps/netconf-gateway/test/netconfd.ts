import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { hostKeyFingerprint } from '@interlock/netconf';
import { freePort, until } from '@interlock/testing';
import type { SimulatedCell } from './simulator.js';

const programs = {
  netconfd: '/usr/sbin/netconfd',
  subsystem: '/usr/sbin/netconf-subsystem',
  sshd: '/usr/sbin/sshd',
  modules: '/usr/share/yuma/modules',
};
const yang = fileURLToPath(new URL('../../device-simulator/yang', import.meta.url));

/** What of yuma123 and OpenSSH this machine lacks; undefined when all is there. */
export const missingForNetconfd = (): string | undefined =>
  Object.values(programs).find((path) => !existsSync(path));

export type Netconfd = {
  readonly port: number;
  readonly username: string;
  readonly fingerprint: string;
  /** Directory that holds the private key `demo/user`. */
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

/** What a netconfd is started with. */
export type NetconfdOptions = {
  /** Directories with YANG modules, before those of yuma123. */
  readonly modules: readonly string[];
  readonly load: readonly string[];
  /** The configuration that it starts with, as the content of `<config>`. */
  readonly startup: string;
  /**
   * Without a candidate, running is edited at once, and the start-up file is written by copying.
   */
  readonly target: 'candidate' | 'running';
  readonly cells: readonly SimulatedCell[];
};

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

const ran: NetconfdOptions = {
  modules: [yang],
  load: ['interlock-ran'],
  startup: ranStartup,
  target: 'candidate',
  cells,
};

const gone = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once('exit', () => {
          resolve();
        });
      });

/**
 * A server that others wrote, behind an sshd of its own; by default with Interlock's YANG module
 * and three cells.
 */
export const startNetconfd = async ({
  modules,
  load,
  startup,
  target,
  cells: served,
}: NetconfdOptions = ran): Promise<Netconfd> => {
  const home = mkdtempSync(join(tmpdir(), 'interlock-netconfd-'));
  const port = await freePort();
  const socket = join(home, 'ncx.sock');
  const username = userInfo().username;
  mkdirSync(join(home, 'demo'), { mode: 0o700 });
  for (const name of ['host', 'demo/user']) {
    if (spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', join(home, name)]).status !== 0)
      throw new Error('ssh-keygen failed');
  }
  writeFileSync(
    join(home, 'startup.xml'),
    `<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0">${startup}</config>`,
  );
  writeFileSync(
    join(home, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(home, 'host')}`,
      `PidFile ${join(home, 'sshd.pid')}`,
      `AuthorizedKeysFile ${join(home, 'demo', 'user.pub')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      `Subsystem netconf "${programs.subsystem} --ncxserver-sockname=${port}@${socket}"`,
      '',
    ].join('\n'),
  );
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const netconfd = spawn(
    programs.netconfd,
    [
      ...load.map((module) => `--module=${module}`),
      `--modpath=${[...modules, programs.modules].join(':')}`,
      `--startup=${join(home, 'startup.xml')}`,
      `--ncxserver-sockname=${socket}`,
      `--port=${port}`,
      `--superuser=${username}`,
      `--target=${target}`,
      ...(target === 'running' ? ['--with-startup=true', '--protocols=netconf1.0'] : []),
      `--log=${join(home, 'netconfd.log')}`,
    ],
    { cwd: home, stdio: 'ignore', env: { ...process.env, HOME: home } },
  );
  const children: ChildProcess[] = [netconfd];
  const stop = async (): Promise<void> => {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map(gone));
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await until(() => existsSync(socket), 'netconfd listens');
    const sshd = spawn(programs.sshd, ['-D', '-e', '-f', join(home, 'sshd_config')], {
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(sshd);
    let said = '';
    sshd.stderr.on('data', (chunk: Buffer) => {
      said += chunk.toString();
    });
    await until(() => said.includes('listening'), 'sshd listens');
    const fingerprint = hostKeyFingerprint(
      Buffer.from(readFileSync(join(home, 'host.pub'), 'utf8').split(' ')[1] ?? '', 'base64'),
    );
    return { port, username, fingerprint, home, cells: served, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
