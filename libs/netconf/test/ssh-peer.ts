import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Algorithms, type ParsedKey } from 'ssh2';
import { hostKeyFingerprint } from '../src/index.js';

export type SshPeer = {
  readonly port: number;
  readonly fingerprint: string;
  /** The host key in SSH wire format. */
  readonly publicKey: Buffer;
  /** Attempted logins, by user name. */
  readonly logins: string[];
  readonly sockets: Set<Socket>;
  readonly stop: () => Promise<void>;
};

export type SshPeerOptions = {
  readonly onChannel?: (channel: Duplex) => void;
  readonly algorithms?: Algorithms;
  /** Refuses the subsystem. */
  readonly noSubsystem?: boolean;
  /** Whether it leaves a request for a channel without an answer. */
  readonly ignoresChannels?: () => boolean;
  /** Shows this public key in SSH wire format, without holding it. */
  readonly claims?: Buffer;
};

const hostKey = (): { key: string; parsed: ParsedKey } => {
  // One generated key in 256 cannot be read back (mscdex/ssh2 issues 1390, 1513).
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519').private;
    const parsed = ssh2.utils.parseKey(key);
    if (!(parsed instanceof Error)) return { key, parsed };
  }
};

/**
 * Lets a key sign by itself and show another public key, as a liar would. ssh2 offers no way to do
 * this, so the method of its keys is replaced. Returns how to end it.
 */
const showing = (liar: ParsedKey, claims: Buffer): (() => void) => {
  const keys = Object.getPrototypeOf(liar) as Pick<ParsedKey, 'getPublicSSH' | 'getPrivatePEM'>;
  const original = keys.getPublicSSH;
  keys.getPublicSSH = function (this: ParsedKey): Buffer {
    return this.getPrivatePEM() === liar.getPrivatePEM() ? claims : original.call(this);
  };
  return () => {
    keys.getPublicSSH = original;
  };
};

/** An SSH server that knows `user` with password `secret`. */
export const startSshPeer = async (options: SshPeerOptions = {}): Promise<SshPeer> => {
  const { key, parsed } = hostKey();
  const shown = parsed.getPublicSSH();
  const restore = options.claims === undefined ? undefined : showing(parsed, options.claims);
  const sockets = new Set<Socket>();
  const logins: string[] = [];
  const ssh = new ssh2.Server(
    {
      hostKeys: [key],
      ...(options.algorithms === undefined ? {} : { algorithms: options.algorithms }),
    },
    (connection) => {
      connection.on('error', () => undefined);
      connection.on('authentication', (context) => {
        if (context.method === 'none') return context.reject(['password']);
        logins.push(context.username);
        return context.method === 'password' && context.username === 'user' && context.password === 'secret'
          ? context.accept()
          : context.reject(['password']);
      });
      connection.on('session', (acceptSession) => {
        if (options.ignoresChannels?.() === true) return;
        acceptSession().on('subsystem', (accept, reject) => {
          if (options.noSubsystem === true) reject();
          else options.onChannel?.(accept());
        });
      });
    },
  );
  const tcp = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('close', () => sockets.delete(socket));
    ssh.injectSocket(socket);
  });
  await new Promise<void>((resolve) => tcp.listen(0, '127.0.0.1', resolve));
  return {
    port: (tcp.address() as AddressInfo).port,
    fingerprint: hostKeyFingerprint(shown),
    publicKey: shown,
    logins,
    sockets,
    stop: () =>
      new Promise((resolve) => {
        restore?.();
        tcp.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
