import { timingSafeEqual } from 'node:crypto';
import { createServer, type AddressInfo, type Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import ssh2, { type Connection } from 'ssh2';
import { defaultAlgorithms, hostKeyFingerprint, joinWrites } from '@interlock/netconf';

export type SshUser = { readonly username: string; readonly password: string };

export type SshListenerOptions = {
  /** The port; 0 takes any free one. */
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
  /** A private key in OpenSSH format. */
  readonly hostKey: string;
  readonly users: readonly SshUser[];
  readonly onChannel: (channel: Duplex, username: string, drop: () => void) => void;
};

/** An SSH server with password logins and the subsystem `netconf`. */
export type SshListener = {
  readonly port: number;
  /** Serves a connection that the device opened itself. */
  readonly serve: (socket: Socket) => void;
  readonly close: () => Promise<void>;
};

/** Returns a new ed25519 host key in OpenSSH format. */
export const generateHostKey = (): string => {
  // ssh2 1.17 writes one key in 256 in a form that it cannot read (mscdex/ssh2 issues 1390, 1513).
  // Such a key is replaced by another one.
  for (;;) {
    const key = ssh2.utils.generateKeyPairSync('ed25519').private;
    if (!(ssh2.utils.parseKey(key) instanceof Error)) return key;
  }
};

/** Returns the fingerprint that clients see for a private key. */
export const fingerprintOf = (privateKey: string): string => {
  const parsed = ssh2.utils.parseKey(privateKey);
  if (parsed instanceof Error) throw new RangeError(`the host key cannot be read: ${parsed.message}`);
  return hostKeyFingerprint(parsed.getPublicSSH());
};

const same = (a: string, b: string): boolean => {
  const left = Buffer.from(a);
  const right = Buffer.from(b);
  return left.length === right.length && timingSafeEqual(left, right);
};

const serve = (connection: Connection, options: SshListenerOptions, cut: () => void): void => {
  let username = '';
  const channels = new Set<Duplex>();
  connection.on('error', () => undefined);
  connection.on('authentication', (context) => {
    const known =
      context.method === 'password'
        ? options.users.find(
            (user) => same(context.username, user.username) && same(context.password, user.password),
          )
        : undefined;
    if (known === undefined) return context.reject(['password']);
    username = known.username;
    return context.accept();
  });
  connection.on('ready', () => {
    connection.on('session', (acceptSession) => {
      const session = acceptSession();
      session.on('subsystem', (accept, reject, info) => {
        if (info.name !== 'netconf') return reject();
        const channel = accept();
        channels.add(channel);
        channel.on('close', () => channels.delete(channel));
        return options.onChannel(channel, username, () => {
          // The end of one session leaves the others on its connection.
          channels.delete(channel);
          if (channels.size === 0) cut();
          else channel.destroy();
        });
      });
    });
  });
};

/**
 * Starts to listen.
 * @throws the system's error if the port is taken
 */
export const listenSsh = async (options: SshListenerOptions): Promise<SshListener> => {
  const sockets = new Map<number, Socket>();
  const ssh = new ssh2.Server(
    { hostKeys: [options.hostKey], algorithms: defaultAlgorithms },
    (connection, info) => {
      const socket = sockets.get(info.port);
      serve(connection, options, () => socket?.destroy());
    },
  );
  // The TCP server is separate and hands each socket over to ssh2, whose own server cannot turn off
  // Nagle's delay.
  const handOver = (socket: Socket): void => {
    const peer = socket.remotePort ?? 0;
    sockets.set(peer, socket);
    joinWrites(socket);
    socket.on('close', () => sockets.delete(peer));
    socket.on('error', () => undefined);
    ssh.injectSocket(socket);
  };
  const tcp = createServer({ noDelay: true }, handOver);
  await new Promise<void>((resolve, reject) => {
    tcp.once('error', reject);
    tcp.listen(options.port, options.host, () => resolve());
  });
  return {
    port: (tcp.address() as AddressInfo).port,
    serve: handOver,
    close: () =>
      new Promise<void>((resolve) => {
        tcp.close(() => resolve());
        for (const socket of sockets.values()) socket.destroy();
      }),
  };
};
