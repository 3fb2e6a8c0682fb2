import { randomBytes } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync, renameSync, rmSync, writeFileSync, chmodSync } from 'node:fs';
import { join } from 'node:path';
import { busOperator, busServices } from '@interlock/contracts';
import { firstKeyFiles } from '@interlock/tree';
import { bindingEnd, destinationOf, destinationText, isAlive, makeFolders } from '@interlock/platform';
import { ProblemError, quietJson } from '@interlock/kernel';
import { newMasterKey, parseMasterKeys, type MasterKeys } from '@interlock/people';
import { firstBundleKeys } from '@interlock/policy';
import { demoUser } from './demo-user.js';

export type Secrets = {
  readonly postgres_password: string;
  readonly postgres_superuser_password: string;
  readonly simulator_seed: number;
  readonly gateway_key: string;
};
export type Ports = { readonly [part: string]: number };
export type Device = {
  readonly device_id: string;
  readonly host: string;
  readonly port: number;
  readonly username: string;
  readonly password: string;
};
export type RuntimeFile = {
  readonly version: 1;
  readonly ready: boolean;
  readonly pid: number;
  readonly http: string;
  readonly nats: { readonly url: string; readonly user: string; readonly password: string };
  readonly event_store: string;
  readonly postgres: string;
  readonly devices: readonly Device[];
};

/**
 * The format of a home and its log. It changes if a version cannot read what the previous one
 * wrote.
 */
export const homeFormat = '4';

/** The file that marks a home while it is being restored. */
export const restoringMark = 'restoring';

/** Throws `home-format` if a home contains a log of another format. It writes nothing. */
const checkFormat = (dir: string): void => {
  if (existsSync(join(dir, restoringMark)))
    throw new ProblemError('home-format', `the restore of the home \`${dir}\` did not end`, {
      remedy: 'remove the home and restore it again',
    });
  const [marker, log] = [join(dir, 'format'), join(dir, 'log', 'events.db')];
  const found = existsSync(marker) ? readFileSync(marker, 'utf8').trim() : undefined;
  if (found === homeFormat || (found === undefined && !existsSync(log))) return;
  throw new ProblemError(
    'home-format',
    `the home \`${dir}\` has ${found === undefined ? 'the format of an earlier version' : `format \`${found}\``}, this version needs format ${homeFormat}`,
    {
      remedy:
        'start the version that made it and run `interlock --tenant _system audit export --whole -o all.ndjson`; then use another --home',
    },
  );
};

const secret = (): string => randomBytes(24).toString('base64url');

/** Writes a file atomically: to a temporary file beside it, which is then renamed. */
export const writeWhole = (path: string, text: string, mode = 0o600): void => {
  writeFileSync(`${path}.tmp`, text, { mode });
  chmodSync(`${path}.tmp`, mode);
  renameSync(`${path}.tmp`, path);
};

/**
 * The folder with all state, keys, logs and `runtime.json`. Only one Interlock runs in it at a
 * time.
 */
export class Home {
  /**
   * Throws `home-format` for a home of another format, or one whose restore has not ended, before
   * it writes anything.
   */
  constructor(
    readonly dir: string,
    { restoring = false }: { readonly restoring?: boolean } = {},
  ) {
    if (!restoring) checkFormat(dir);
    // The accounts of Postgres and of MCP programs must be able to traverse this folder; they
    // cannot list it.
    makeFolders(dir, 0o711);
    for (const name of [
      'log',
      'nats',
      'simulator',
      'keys',
      'logs',
      'pids',
      'secrets',
      'credentials',
      'channel-secrets',
      'audit',
      'posture',
      'alerting',
      'handler-secrets',
    ]) {
      mkdirSync(join(dir, name), { recursive: true, mode: 0o700 });
      chmodSync(join(dir, name), 0o700);
    }
    if (!existsSync(join(dir, 'format'))) writeWhole(join(dir, 'format'), `${homeFormat}\n`);
  }

  path(...parts: readonly string[]): string {
    return join(this.dir, ...parts);
  }

  /** Throws if another Interlock runs in this home. */
  lock(): void {
    const path = this.path('interlock.pid');
    if (existsSync(path)) {
      const pid = Number(readFileSync(path, 'utf8'));
      if (Number.isInteger(pid) && pid > 0 && pid !== process.pid && isAlive(pid) && this.#isInterlock(pid)) {
        throw new Error(
          `Interlock already runs in ${this.dir} (process ${pid}): stop it, or use another --home`,
        );
      }
    }
    writeWhole(path, `${process.pid}`);
    // A file that a killed Interlock left must no longer report that it is ready.
    rmSync(this.path('runtime.json'), { force: true });
  }

  #isInterlock(pid: number): boolean {
    const commandLine = `/proc/${pid}/cmdline`;
    return !existsSync(commandLine) || /apps[/\\]interlock/.test(readFileSync(commandLine, 'utf8'));
  }

  /**
   * Returns the secrets, which are created at the first start. One that the operator removed from
   * the file is made anew.
   */
  secrets(): Secrets {
    const path = this.path('secrets', 'secrets.json');
    const known = existsSync(path) ? (quietJson(readFileSync(path, 'utf8'), path) as Partial<Secrets>) : {};
    const made: Secrets = {
      postgres_password: secret(),
      postgres_superuser_password: secret(),
      simulator_seed: 7,
      gateway_key: randomBytes(32).toString('hex'),
      ...known,
    };
    if (Object.keys(known).length < Object.keys(made).length) writeWhole(path, JSON.stringify(made));
    return made;
  }

  /**
   * Returns the passwords of the bus users that every home has, by user: the operator's, the
   * services' and the demo's. They are created at the first start; missing ones are added.
   */
  busPasswords(): { readonly [user: string]: string } {
    const path = this.path('secrets', 'bus.json');
    const known = existsSync(path)
      ? (quietJson(readFileSync(path, 'utf8'), path) as { readonly [user: string]: string })
      : {};
    const missing = [busOperator, ...busServices, demoUser].filter((user) => !Object.hasOwn(known, user));
    if (missing.length === 0) return known;
    const all = { ...known, ...Object.fromEntries(missing.map((user) => [user, secret()])) };
    writeWhole(path, JSON.stringify(all));
    return all;
  }

  ports(): Ports {
    const path = this.path('ports.json');
    return existsSync(path) ? (JSON.parse(readFileSync(path, 'utf8')) as Ports) : {};
  }

  keepPorts(ports: Ports): void {
    writeWhole(this.path('ports.json'), JSON.stringify(ports));
  }

  writeRuntime(runtime: RuntimeFile): void {
    writeWhole(this.path('runtime.json'), `${JSON.stringify(runtime, null, 2)}\n`);
  }

  /** Writes the gateway's key to the file that the gateway reads. */
  writeGatewayKey(key: string): void {
    writeWhole(this.path('secrets', 'gateway-key'), key);
  }

  /**
   * The file of the people's master key. It is created at the first start, and the operator may
   * rotate it. Without it, nobody's texts can be read again.
   */
  get peopleKeyFile(): string {
    return this.path('secrets', 'people-key');
  }

  peopleKeys(): MasterKeys {
    if (!existsSync(this.peopleKeyFile)) writeWhole(this.peopleKeyFile, `${newMasterKey()}\n`);
    return parseMasterKeys(readFileSync(this.peopleKeyFile, 'utf8'));
  }

  /**
   * Returns the file of the keys that sign exported bundles. It is created at the first start, and
   * the operator may rotate the keys.
   */
  bundleKeys(): string {
    const path = this.path('secrets', 'bundle-keys.json');
    if (!existsSync(path))
      writeWhole(
        path,
        firstBundleKeys({
          secret: randomBytes(32),
          seed: randomBytes(32),
          at: new Date().toISOString().slice(0, 10),
        }),
      );
    return path;
  }

  /**
   * Returns the folder of the keys that sign the log. The first key is created at the first start,
   * later ones by `interlock audit keys rotate`.
   */
  auditKeys(origin: string): string {
    const dir = this.path('audit', 'keys');
    mkdirSync(dir, { recursive: true, mode: 0o700 });
    if (!existsSync(join(dir, '1.vkey')))
      for (const [name, text] of Object.entries(firstKeyFiles(origin, randomBytes(32))))
        writeWhole(join(dir, name), text);
    return dir;
  }

  /**
   * Returns the secret that signs a webhook of the tenant, bound to the webhook's address. Alerting
   * reads it as `file:<name>`. It is created at first use.
   */
  channelSecret(tenant: string, name: string, url: string): string {
    const path = this.path('channel-secrets', tenant, name);
    mkdirSync(this.path('channel-secrets', tenant), { recursive: true, mode: 0o700 });
    if (!existsSync(path)) writeWhole(path, `whsec_${randomBytes(32).toString('base64')}`);
    writeWhole(`${path}${bindingEnd}`, `${destinationText(destinationOf(url))}\n`);
    return readFileSync(path, 'utf8').trim();
  }

  /**
   * Writes a device's secret into the folder where the gateway reads the tenant's. The secret is
   * bound to its destinations: `host:port` and host keys.
   */
  writeCredential(tenant: string, name: string, text: string, destinations: readonly string[]): void {
    mkdirSync(this.path('credentials', tenant), { recursive: true, mode: 0o700 });
    writeWhole(this.path('credentials', tenant, name), text);
    writeWhole(this.path('credentials', tenant, `${name}${bindingEnd}`), `${destinations.join('\n')}\n`);
  }
}
