import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { freePort } from '@interlock/embedded';
import { until } from '../until.js';

const programs = {
  netconfd: '/usr/sbin/netconfd',
  subsystem: '/usr/sbin/netconf-subsystem',
  sshd: '/usr/sbin/sshd',
  modules: '/usr/share/yuma/modules',
};

/** The part of yuma123 and OpenSSH that this machine lacks; undefined if it has all of them. */
export const missingForNetconfd = (): string | undefined =>
  Object.values(programs).find((path) => !existsSync(path));

export type NetconfdOptions = {
  /** Directories with YANG modules, before those of yuma123. */
  readonly modules: readonly string[];
  /** The names of the modules to load. */
  readonly load: readonly string[];
  /** The configuration that it starts with, as the content of `<config>`. */
  readonly startup?: string;
  /**
   * Without a candidate, running is edited at once, and the start-up file is written by copying.
   */
  readonly target: 'candidate' | 'running';
  /** The file of the user's private key, within the server's directory. */
  readonly userKey?: string;
  /** The account that no access rule binds; that of the test if absent. */
  readonly superuser?: string;
};

/** A running netconfd, its own port and its own directory. */
export type NetconfdServer = {
  readonly port: number;
  readonly username: string;
  /** The server's public host key, as SSH encodes it. */
  readonly hostKey: Buffer;
  /** The directory that contains the user's private key. */
  readonly home: string;
  /** Stops the server and removes its directory. */
  readonly stop: () => Promise<void>;
};

const keyPair = (path: string): void => {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.stderr.toString()}`);
};

const hasEnded = (child: ChildProcess): boolean => child.exitCode !== null || child.signalCode !== null;

const ended = (child: ChildProcess): Promise<void> =>
  hasEnded(child)
    ? Promise.resolve()
    : new Promise((resolve) => {
        child.once('exit', () => resolve());
      });

/**
 * Starts yuma123's netconfd behind its own sshd, in a directory that `stop` removes. Resolves when
 * both take connections.
 */
export const startNetconfdServer = async ({
  modules,
  load,
  startup = '',
  target,
  userKey = 'user',
  superuser = userInfo().username,
}: NetconfdOptions): Promise<NetconfdServer> => {
  const home = mkdtempSync(join(tmpdir(), 'interlock-netconfd-'));
  const port = await freePort();
  const socket = join(home, 'ncx.sock');
  const username = userInfo().username;
  for (const name of ['host', userKey]) keyPair(join(home, name));
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
      `AuthorizedKeysFile ${join(home, `${userKey}.pub`)}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      // The account's bash does not read its `.bashrc`, which may take seconds or print.
      'SetEnv SHLVL=1',
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
      `--superuser=${superuser}`,
      `--target=${target}`,
      ...(target === 'running' ? ['--with-startup=true', '--protocols=netconf1.0'] : []),
      `--log=${join(home, 'netconfd.log')}`,
    ],
    { cwd: home, stdio: 'ignore', env: { ...process.env, HOME: home } },
  );
  const children: ChildProcess[] = [netconfd];
  const killAll = (): void => {
    for (const child of children) child.kill('SIGKILL');
  };
  // A test run that ends early must not leave servers running.
  process.once('exit', killAll);
  const stop = async (): Promise<void> => {
    for (const child of children) child.kill('SIGTERM');
    await Promise.all(children.map(ended));
    process.off('exit', killAll);
    rmSync(home, { recursive: true, force: true });
  };
  try {
    await until(() => existsSync(socket) || hasEnded(netconfd), 'netconfd listens');
    if (hasEnded(netconfd))
      throw new Error(`netconfd ended: ${readFileSync(join(home, 'netconfd.log'), 'utf8').slice(-400)}`);
    const sshd = spawn(programs.sshd, ['-D', '-e', '-f', join(home, 'sshd_config')], {
      cwd: home,
      stdio: ['ignore', 'ignore', 'pipe'],
    });
    children.push(sshd);
    let output = '';
    sshd.stderr.on('data', (chunk: Buffer) => {
      output += chunk.toString();
    });
    await until(() => output.includes('listening') || hasEnded(sshd), 'sshd listens');
    if (hasEnded(sshd)) throw new Error(`sshd ended: ${output.slice(-400)}`);
    const publicKey = readFileSync(join(home, 'host.pub'), 'utf8').split(' ')[1] ?? '';
    return { port, username, hostKey: Buffer.from(publicKey, 'base64'), home, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
