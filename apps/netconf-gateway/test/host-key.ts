import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** A new host key in OpenSSH format, with its fingerprint. */
export const newHostKey = (): { readonly key: string; readonly fingerprint: string } => {
  const home = mkdtempSync(join(tmpdir(), 'interlock-host-key-'));
  try {
    const file = join(home, 'key');
    execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-f', file]);
    const [, fingerprint = ''] = execFileSync('ssh-keygen', ['-lf', file], { encoding: 'utf8' }).split(' ');
    return { key: readFileSync(file, 'utf8'), fingerprint };
  } finally {
    rmSync(home, { recursive: true, force: true });
  }
};
