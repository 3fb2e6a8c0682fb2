import { X509Certificate } from 'node:crypto';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { createServer, type TLSSocket } from 'node:tls';
import { certificateFingerprint } from '@interlock/netconf';

/** How a device speaks TLS (RFC 7589); each as PEM. */
export type TlsIdentity = {
  readonly certificate: string;
  readonly private_key: string;
  /** The authority of client certificates. Their sessions belong to the device's own user. */
  readonly client_ca: string;
};

export type TlsListenerOptions = TlsIdentity & {
  /** The port; 0 takes any free one. */
  readonly port: number;
  /** The address to listen on. */
  readonly host: string;
  readonly onSession: (stream: Duplex, drop: () => void) => void;
};

/** A TLS server with one session on each connection. */
export type TlsListener = {
  readonly port: number;
  /** Serves a connection that the device opened itself. `taken` is called at the client's hello. */
  readonly serve: (socket: Socket, taken: () => void) => void;
  readonly close: () => Promise<void>;
};

/**
 * Returns the fingerprint that clients see for a certificate.
 * @throws RangeError if it cannot be read
 */
export const tlsFingerprintOf = (certificate: string): string => {
  try {
    return certificateFingerprint(new X509Certificate(certificate));
  } catch (error) {
    throw new RangeError(`the certificate cannot be read: ${(error as Error).message}`, { cause: error });
  }
};

/**
 * Starts to listen. Each connection is one session.
 * @throws the system's error if the port is taken, and TypeError if a PEM cannot be read
 */
export const listenTls = async ({
  certificate,
  private_key: key,
  client_ca: ca,
  port,
  host,
  onSession,
}: TlsListenerOptions): Promise<TlsListener> => {
  const sockets = new Set<TLSSocket>();
  /** By the device's own port: the calls whose session has not begun. */
  const calls = new Map<number, () => void>();
  const server = createServer(
    { cert: certificate, key, ca, requestCert: true, rejectUnauthorized: true, noDelay: true },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
      const taken = calls.get(socket.localPort ?? 0);
      if (taken !== undefined) socket.once('data', taken);
      onSession(socket, () => void socket.destroy());
    },
  );
  server.on('tlsClientError', () => undefined);
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve());
  });
  return {
    port: (server.address() as AddressInfo).port,
    serve: (socket, taken) => {
      const own = socket.localPort ?? 0;
      calls.set(own, taken);
      socket.once('close', () => calls.delete(own));
      server.emit('connection', socket);
    },
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
