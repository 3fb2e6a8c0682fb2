import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { prepareCertificates } from '@interlock/embedded';
import type { DeviceSpec } from './fleet.js';

const prepared = async (
  dir: string,
  name: string,
  isClient: boolean,
): Promise<{ readonly certificate: string; readonly key: string; readonly ca: string }> => {
  await prepareCertificates(dir, name, { hosts: [], isClient });
  const [certificate, key, ca] = ['server.pem', 'server-key.pem', 'ca.pem'].map((file) =>
    readFileSync(join(dir, file), 'utf8'),
  ) as [string, string, string];
  return { certificate, key, ca };
};

/**
 * Lets devices speak TLS. Each has a certificate of its own, kept in `<folder>/<device>/tls`. All
 * accept one client, whose certificate and key are written to `<folder>/client.pem`.
 */
export const withTls = async (specs: readonly DeviceSpec[], folder: string): Promise<DeviceSpec[]> => {
  const client = await prepared(join(folder, 'client'), 'interlock', true);
  writeFileSync(join(folder, 'client.pem'), `${client.certificate}\n${client.key}`, { mode: 0o600 });
  const secured: DeviceSpec[] = [];
  for (const spec of specs) {
    const { certificate, key } = await prepared(join(folder, spec.device_id, 'tls'), spec.device_id, false);
    secured.push({ ...spec, tls: { certificate, private_key: key, client_ca: client.ca } });
  }
  return secured;
};
