import {
  chmodSync,
  closeSync,
  existsSync,
  fsyncSync,
  mkdirSync,
  openSync,
  readdirSync,
  readFileSync,
  renameSync,
  writeFileSync,
} from 'node:fs';
import { dirname, join } from 'node:path';
import { makeFolders } from '@interlock/platform/folders';
import type { AccountKeys, BusKeys, Generation, KeyKind } from '@interlock/jetstream/operator';
import { CliError } from '../../connection/session.js';

type Operator = typeof import('@interlock/jetstream/operator');
type KeyPair = BusKeys['operator'];

/** The public keys that were issued under a name, which no other key may take. */
export type KeysByName = ReadonlyMap<string, string>;
export const operatorName = 'operator';

/**
 * The seeds of operator mode. Each is in a file that only its owner can read, and that is created
 * when first needed: `operator.nk`, `ACCOUNT/identity.nk`, and for each generation N of an account
 * `ACCOUNT/N/USER.signing.nk` and `ACCOUNT/N/USER.nk`.
 */
export class KeyFolder {
  readonly #pairs = new Map<string, KeyPair>();

  constructor(
    private readonly dir: string,
    private readonly known: KeysByName,
    private readonly nkeys: Pick<Operator, 'newSeed' | 'readSeed'>,
  ) {}

  /**
   * INVARIANT: an issued identity is never replaced, because others hold credentials that depend on
   * it.
   */
  keys(): BusKeys {
    return {
      operator: this.#identity(operatorName, 'operator.nk', 'operator'),
      accountOf: (account) => this.#account(account),
    };
  }

  /** Returns the accounts that have keys in the folder. */
  accounts(): readonly string[] {
    if (!existsSync(this.dir)) return [];
    return readdirSync(this.dir, { withFileTypes: true })
      .filter((entry) => entry.isDirectory())
      .map(({ name }) => name)
      .sort();
  }

  /** Begins a new generation of an account, in addition to the existing ones. */
  rotate(account: string): void {
    const [last] = this.#generations(account).slice(-1);
    if (last === undefined) throw this.#none(account);
    mkdirSync(join(this.dir, account, `${last + 1}`), { mode: 0o700 });
  }

  /**
   * Ends all generations of an account except the last. Their seeds stay in folders `N.retired`.
   */
  retire(account: string): void {
    const generations = this.#generations(account);
    if (generations.length === 0) throw this.#none(account);
    for (const n of generations.slice(0, -1))
      renameSync(join(this.dir, account, `${n}`), join(this.dir, account, `${n}.retired`));
  }

  #none(account: string): CliError {
    const accounts = this.accounts();
    return new CliError(
      `there is no account \`${account}\` in ${this.dir}${accounts.length === 0 ? '' : `: there are ${accounts.join(', ')}`}`,
      2,
    );
  }

  #account(account: string): AccountKeys {
    const identity = this.#identity(account, join(account, 'identity.nk'), 'account');
    const there = this.#generations(account);
    return {
      identity,
      generations: (there.length === 0 ? [1] : there).map((n) => this.#generation(account, n)),
    };
  }

  #generations(account: string): readonly number[] {
    const folder = join(this.dir, account);
    return existsSync(folder)
      ? readdirSync(folder)
          .filter((name) => /^[1-9]\d{0,5}$/.test(name))
          .map(Number)
          .sort((a, b) => a - b)
      : [];
  }

  #generation(account: string, n: number): Generation {
    const folder = join(account, `${n}`);
    return {
      signingOf: (user) => this.#key(join(folder, `${user}.signing.nk`), 'account'),
      userOf: (user) => this.#key(join(folder, `${user}.nk`), 'user'),
    };
  }

  #identity(name: string, file: string, kind: KeyKind): KeyPair {
    const before = this.known.get(name);
    if (before !== undefined && !existsSync(join(this.dir, file)))
      throw new CliError(
        `${join(this.dir, file)} is not there, and \`${name}\` was given out with its key: name the folder that has it, or restore it`,
      );
    const pair = this.#key(file, kind);
    if (before !== undefined && pair.getPublicKey() !== before)
      throw new CliError(
        `${join(this.dir, file)} is another key than \`${name}\` was given out with: name the folder that has it`,
      );
    return pair;
  }

  #key(file: string, kind: KeyKind): KeyPair {
    const path = join(this.dir, file);
    const known = this.#pairs.get(path);
    if (known !== undefined) return known;
    if (!existsSync(path)) this.#make(path, kind);
    const pair = this.nkeys.readSeed(kind, readFileSync(path, 'utf8'));
    if (pair === undefined) throw new CliError(`${path} is not a seed of an nkey of the kind \`${kind}\``);
    this.#pairs.set(path, pair);
    return pair;
  }

  /** INVARIANT: a seed is completely on disk before it is used, and is never overwritten. */
  #make(path: string, kind: KeyKind): void {
    makeFolders(dirname(path), 0o700);
    const file = openSync(path, 'wx', 0o600);
    try {
      writeFileSync(file, `${this.nkeys.newSeed(kind)}\n`);
      fsyncSync(file);
    } finally {
      closeSync(file);
    }
  }
}

/** Writes a file atomically; true if its content changed. */
export const writeChanged = (path: string, text: string, mode: number): boolean => {
  if (existsSync(path) && readFileSync(path, 'utf8') === text) return false;
  makeFolders(dirname(path), 0o700);
  const part = `${path}.part`;
  writeFileSync(part, text, { mode });
  chmodSync(part, mode);
  renameSync(part, path);
  return true;
};
