import { X509Certificate } from 'node:crypto';
import type { AddressInfo } from 'node:net';
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

/** Returns the fingerprint that clients see for a certificate. */
export const tlsFingerprintOf = (certificate: string): string =>
  certificateFingerprint(new X509Certificate(certificate));

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
}: TlsListenerOptions): Promise<{ readonly port: number; readonly close: () => Promise<void> }> => {
  const sockets = new Set<TLSSocket>();
  const server = createServer(
    { cert: certificate, key, ca, requestCert: true, rejectUnauthorized: true, noDelay: true },
    (socket) => {
      sockets.add(socket);
      socket.on('error', () => undefined);
      socket.once('close', () => sockets.delete(socket));
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
    close: () =>
      new Promise<void>((resolve) => {
        server.close(() => resolve());
        for (const socket of sockets) socket.destroy();
      }),
  };
};
