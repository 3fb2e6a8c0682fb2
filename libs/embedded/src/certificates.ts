import { X509Certificate } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';

const dayMs = 86_400_000;
const years = (count: number): Date => new Date(Date.now() + count * 365 * dayMs);

/** Writes a file whole or not at all, readable only by its owner. */
export const writeSecret = (path: string, text: string): void => {
  writeFileSync(`${path}.tmp`, text, { mode: 0o600 });
  renameSync(`${path}.tmp`, path);
};

const isValid = (path: string): boolean =>
  existsSync(path) && new X509Certificate(readFileSync(path)).validToDate.getTime() - Date.now() > 30 * dayMs;

/** The library loads slowly, so it is loaded only when a certificate is due. */
const certify = async (
  name: string,
  extensions: NonNullable<NonNullable<Parameters<typeof import('selfsigned').generate>[1]>['extensions']>,
  valid: Date,
  ca?: { readonly cert: string; readonly key: string },
): Promise<{ readonly cert: string; readonly key: string }> => {
  const { generate } = await import('selfsigned');
  const made = await generate([{ name: 'commonName', value: name }], {
    keyType: 'ec',
    curve: 'P-256',
    algorithm: 'sha256',
    notBeforeDate: new Date(Date.now() - dayMs),
    notAfterDate: valid,
    extensions,
    ...(ca === undefined ? {} : { ca }),
  });
  return { cert: made.cert, key: made.private };
};

/**
 * Creates an authority and a server's certificate in a folder: `ca.pem`, `ca-key.pem`, `server.pem`
 * and `server-key.pem`. Existing files are kept, and a certificate is renewed 30 days before it
 * expires. `hosts` are names of the server beside `localhost`; they take effect when its
 * certificate is made. `isClient`: the server also shows the certificate to others of its kind.
 */
export const prepareCertificates = async (
  dir: string,
  name: string,
  { hosts, isClient = false }: { readonly hosts: readonly string[]; readonly isClient?: boolean },
): Promise<void> => {
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  const [caCert, caKey, cert, key] = ['ca.pem', 'ca-key.pem', 'server.pem', 'server-key.pem'].map((name) =>
    join(dir, name),
  ) as [string, string, string, string];
  if (!isValid(caCert) || !existsSync(caKey)) {
    const ca = await certify(
      `${name} authority`,
      [
        { name: 'basicConstraints', cA: true, critical: true },
        { name: 'keyUsage', keyCertSign: true, cRLSign: true, critical: true },
      ],
      years(20),
    );
    writeSecret(caKey, ca.key);
    writeSecret(caCert, ca.cert);
  } else if (isValid(cert) && existsSync(key)) return;
  const server = await certify(
    name,
    [
      { name: 'basicConstraints', cA: false },
      { name: 'keyUsage', digitalSignature: true, critical: true },
      { name: 'extKeyUsage', serverAuth: true, clientAuth: isClient },
      {
        name: 'subjectAltName',
        altNames: [
          { type: 2, value: 'localhost' },
          ...hosts.map((value) => ({ type: 2 as const, value })),
          { type: 7, ip: '127.0.0.1' },
        ],
      },
    ],
    years(10),
    { cert: readFileSync(caCert, 'utf8'), key: readFileSync(caKey, 'utf8') },
  );
  writeSecret(key, server.key);
  writeSecret(cert, server.cert);
};
