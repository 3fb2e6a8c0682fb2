import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { ProblemError } from '@interlock/kernel';
import { readKeyFiles, verifierText, type KeyChain, type ReadKeys, type SignerKey } from '@interlock/tree';

export type SigningKeys = { readonly chain: KeyChain; readonly signer: SignerKey; readonly key: string };

const refusal = (detail: string, cause?: unknown): ProblemError =>
  new ProblemError('no-checkpoint', `nothing is signed: ${detail}`, {
    remedy: 'make keys with `interlock audit keys new`, and name their folder in `AUDIT_KEY_DIR`',
    cause,
  });

/** The folder of the log's keys. It is read each time, so a rotation needs no restart. */
export class KeyFolder {
  constructor(
    private readonly dir: string | undefined,
    private readonly origin: string,
  ) {}

  /**
   * Returns the log's keys, even if they cannot sign; null if no folder is configured. Throws
   * `no-checkpoint`.
   */
  async chain(): Promise<KeyChain | null> {
    return this.dir === undefined ? null : (await this.#files(this.dir)).chain;
  }

  /**
   * Returns the current keys. Throws `no-checkpoint` with the reason if they cannot sign the log.
   * The error never contains any part of a key.
   */
  async read(): Promise<SigningKeys> {
    if (this.dir === undefined) throw refusal('`AUDIT_KEY_DIR` is not set');
    const read = await this.#files(this.dir);
    if (read.signer === null) throw refusal(`\`${read.count}.pem\` is missing`);
    if (read.signer.name !== this.origin)
      throw refusal(`the keys are those of \`${read.signer.name}\`, the log is \`${this.origin}\``);
    return { chain: read.chain, signer: read.signer, key: verifierText(read.signer) };
  }

  async #files(dir: string): Promise<ReadKeys> {
    const files: { [name: string]: string } = {};
    try {
      for (const name of await readdir(dir))
        if (/^\d{1,6}\.(?:pem|vkey|rotation)$/.test(name))
          files[name] = await readFile(join(dir, name), 'utf8');
    } catch (cause) {
      throw refusal('the folder of the keys cannot be read', cause);
    }
    const read = readKeyFiles(files);
    if ('fault' in read) throw refusal(read.fault);
    return read;
  }
}
