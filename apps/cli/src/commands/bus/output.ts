import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import type { AccountJwt, BusJwts, Resolver } from '@interlock/jetstream/operator';
import { operatorName, writeChanged, type KeysByName } from './keys.js';

type Operator = typeof import('@interlock/jetstream/operator');
/** The last push of each account: the SHA-256 of its JWT, or that it was deleted. */
export type Pushed = { readonly [account: string]: string };

const open = 0o644;
const secret = 0o600;
const digestOf = (jwt: string): string => createHash('sha256').update(jwt).digest('hex');

/**
 * The output folder of `interlock bus accounts`: the include file of nats-server, the creds files
 * of services, and the JWTs of tenants' users.
 */
export class BusOutput {
  constructor(
    readonly dir: string,
    private readonly jwts: Pick<Operator, 'keptCreds' | 'keptJwt' | 'resolverText' | 'subjectOfJwt'>,
  ) {}

  /** The public keys in the folder. */
  known(): KeysByName {
    const subjects = this.#names('accounts', '.jwt').map(
      (name) => [name, this.jwts.subjectOfJwt(this.#read('accounts', `${name}.jwt`)!)] as const,
    );
    const operator = this.#read('operator.jwt');
    return new Map([
      ...subjects,
      ...(operator === undefined ? [] : [[operatorName, this.jwts.subjectOfJwt(operator)] as const]),
    ]);
  }

  /** Writes changes. Returns the accounts in the folder, and a description of each changed file. */
  async write(
    made: BusJwts,
    resolver: Resolver,
  ): Promise<{ readonly accounts: readonly AccountJwt[]; readonly changed: readonly string[] }> {
    const changed: string[] = [];
    const put = (mode: number, text: string, ...path: readonly string[]): void => {
      if (writeChanged(join(this.dir, ...path), text, mode)) changed.push(`${join(...path)} is written`);
    };
    const operator = this.#kept(made.operator, 'operator.jwt');
    const accounts = made.accounts.map((one) => ({
      ...one,
      jwt: this.#kept(one.jwt, 'accounts', `${one.name}.jwt`),
    }));
    put(open, `${operator}\n`, 'operator.jwt');
    for (const { name, jwt } of accounts) put(open, `${jwt}\n`, 'accounts', `${name}.jwt`);
    for (const [user, text] of made.creds)
      put(
        secret,
        await this.jwts.keptCreds(this.#read('creds', `${user}.creds`), text),
        'creds',
        `${user}.creds`,
      );
    for (const [user, jwt] of made.users)
      put(open, `${this.#kept(jwt, 'users', `${user}.jwt`)}\n`, 'users', `${user}.jwt`);
    for (const user of this.#names('users', '.jwt').filter((name) => !made.users.has(name))) {
      rmSync(join(this.dir, 'users', `${user}.jwt`));
      changed.push(`${join('users', `${user}.jwt`)} is gone`);
    }
    put(open, this.jwts.resolverText({ operator, accounts }, resolver), 'resolver.conf');
    return { accounts, changed };
  }

  /** The accounts whose current version the servers lack. */
  unpushed(accounts: readonly AccountJwt[], all: boolean): readonly AccountJwt[] {
    const pushed = this.pushed();
    return all
      ? accounts
      : accounts.filter(
          ({ name, jwt }) => pushed[name] !== digestOf(jwt) && pushed[name] !== `deleted ${digestOf(jwt)}`,
        );
  }

  /** Returns those of the given accounts that the servers have. */
  present(accounts: readonly AccountJwt[]): readonly AccountJwt[] {
    const pushed = this.pushed();
    return accounts.filter(({ name, jwt }) => pushed[name] === digestOf(jwt));
  }

  remember(accounts: readonly AccountJwt[], what: 'pushed' | 'deleted'): void {
    const pushed = {
      ...this.pushed(),
      ...Object.fromEntries(
        accounts.map(({ name, jwt }) => [name, `${what === 'deleted' ? 'deleted ' : ''}${digestOf(jwt)}`]),
      ),
    };
    writeChanged(join(this.dir, 'pushed.json'), `${JSON.stringify(pushed, null, 2)}\n`, open);
  }

  pushed(): Pushed {
    return JSON.parse(this.#read('pushed.json') ?? '{}') as Pushed;
  }

  #kept(jwt: string, ...path: readonly string[]): string {
    return this.jwts.keptJwt(this.#read(...path)?.trim(), jwt);
  }

  #read(...path: readonly string[]): string | undefined {
    const file = join(this.dir, ...path);
    return existsSync(file) ? readFileSync(file, 'utf8') : undefined;
  }

  #names(folder: string, ending: string): readonly string[] {
    const path = join(this.dir, folder);
    return existsSync(path)
      ? readdirSync(path)
          .filter((name) => name.endsWith(ending))
          .map((name) => name.slice(0, -ending.length))
          .sort()
      : [];
  }
}
