import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { freePort } from '@interlock/testing';
import { connectNetconf, hostKeyFingerprint, type ConnectOptions, type NetconfClient } from '../src/index.js';

const NETCONFD = '/usr/sbin/netconfd';
const SUBSYSTEM = '/usr/sbin/netconf-subsystem';
const SSHD = '/usr/sbin/sshd';
const MODULES = '/usr/share/yuma/modules';

/** The parts of yuma123 and OpenSSH that this machine lacks; undefined if it has all of them. */
export const missingForNetconfd = (): string | undefined =>
  [NETCONFD, SUBSYSTEM, SSHD, MODULES].find((path) => !existsSync(path));

export type Netconfd = {
  readonly connect: (more?: Partial<ConnectOptions>) => Promise<NetconfClient>;
  readonly stop: () => Promise<void>;
};

export type Flavour = 'candidate' | 'running';

const until = async (what: string, condition: () => boolean | Promise<boolean>): Promise<void> => {
  for (let n = 0; n < 4_000; n += 1) {
    if (await condition()) return;
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  throw new Error(`${what} did not come up`);
};

const keyPair = (path: string): void => {
  const made = spawnSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', path]);
  if (made.status !== 0) throw new Error(`ssh-keygen failed: ${made.stderr.toString()}`);
};

const ended = (child: ChildProcess): Promise<void> =>
  child.exitCode !== null || child.signalCode !== null
    ? Promise.resolve()
    : new Promise((resolve) => child.once('exit', () => resolve()));

/**
 * Starts netconfd with the module `box` behind its own sshd, in a directory that is removed at the
 * end.
 */
export const startNetconfd = async (flavour: Flavour = 'candidate'): Promise<Netconfd> => {
  const home = mkdtempSync(join(tmpdir(), 'netconfd-'));
  const port = await freePort();
  const socket = join(home, 'ncx.sock');
  const user = userInfo().username;
  keyPair(join(home, 'host'));
  keyPair(join(home, 'user'));
  writeFileSync(join(home, 'startup.xml'), '<config xmlns="urn:ietf:params:xml:ns:netconf:base:1.0"/>');
  writeFileSync(
    join(home, 'sshd_config'),
    [
      `Port ${port}`,
      'ListenAddress 127.0.0.1',
      `HostKey ${join(home, 'host')}`,
      `PidFile ${join(home, 'sshd.pid')}`,
      `AuthorizedKeysFile ${join(home, 'user.pub')}`,
      'StrictModes no',
      'UsePAM no',
      'PasswordAuthentication no',
      'KbdInteractiveAuthentication no',
      'PermitRootLogin prohibit-password',
      `Subsystem netconf "${SUBSYSTEM} --ncxserver-sockname=${port}@${socket}"`,
      '',
    ].join('\n'),
  );
  if (process.getuid?.() === 0) mkdirSync('/run/sshd', { recursive: true });
  const here = dirname(fileURLToPath(import.meta.url));
  const netconfd = spawn(
    NETCONFD,
    [
      '--module=box',
      `--modpath=${here}:${MODULES}`,
      `--startup=${join(home, 'startup.xml')}`,
      `--ncxserver-sockname=${socket}`,
      `--port=${port}`,
      `--superuser=${user}`,
      `--target=${flavour}`,
      ...(flavour === 'running' ? ['--with-startup=true', '--protocols=netconf1.0'] : []),
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
    await until('netconfd', () => existsSync(socket) || netconfd.exitCode !== null);
    const sshd = spawn(SSHD, ['-D', '-e', '-f', join(home, 'sshd_config')], { cwd: home, stdio: 'ignore' });
    children.push(sshd);
    const fingerprint = hostKeyFingerprint(
      Buffer.from(readFileSync(join(home, 'host.pub'), 'utf8').split(' ')[1] ?? '', 'base64'),
    );
    const connect = (more: Partial<ConnectOptions> = {}): Promise<NetconfClient> =>
      connectNetconf({
        host: '127.0.0.1',
        port,
        username: user,
        credentials: { privateKey: readFileSync(join(home, 'user')) },
        hostKey: { known: [fingerprint] },
        ...more,
      });
    await until('sshd', async () => {
      try {
        await (await connect()).close();
        return true;
      } catch {
        if (netconfd.exitCode !== null || sshd.exitCode !== null)
          throw new Error(`a server ended: ${readFileSync(join(home, 'netconfd.log'), 'utf8').slice(-400)}`);
        return false;
      }
    });
    return { connect, stop };
  } catch (error) {
    await stop();
    throw error;
  }
};
