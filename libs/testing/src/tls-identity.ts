import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { prepareCertificates } from '@interlock/embedded';

/** A certificate with its key, and the authority that issued it; each as PEM. */
export type TlsIdentity = { readonly certificate: string; readonly key: string; readonly ca: string };

/** Returns a new identity, from an authority of its own. */
export const newTlsIdentity = async (name: string): Promise<TlsIdentity> => {
  const dir = mkdtempSync(join(tmpdir(), 'interlock-tls-'));
  try {
    await prepareCertificates(dir, name, { hosts: [], isClient: true });
    const [certificate, key, ca] = ['server.pem', 'server-key.pem', 'ca.pem'].map((file) =>
      readFileSync(join(dir, file), 'utf8'),
    ) as [string, string, string];
    return { certificate, key, ca };
  } finally {
    rmSync(dir, { recursive: true });
  }
};

/** Returns the certificate and the key in one text. */
export const pemOf = ({ certificate, key }: TlsIdentity): string => `${certificate}\n${key}`;
