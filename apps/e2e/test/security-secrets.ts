import { existsSync, lstatSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { join, relative } from 'node:path';

export type Secrets = { readonly [what: string]: string };

const filesBelow = (folder: string): readonly string[] =>
  readdirSync(folder, { withFileTypes: true }).flatMap((entry) => {
    const path = join(folder, entry.name);
    return entry.isDirectory()
      ? filesBelow(path)
      : entry.isFile() && !lstatSync(path).isSymbolicLink()
        ? [path]
        : [];
  });

/** Every secret of a home, and the used tokens. */
export const secretsOf = (home: string, tokens: readonly string[]): Secrets => {
  const read = (...parts: readonly string[]): string => readFileSync(join(home, ...parts), 'utf8').trim();
  const { postgres_password, gateway_key } = JSON.parse(read('secrets', 'secrets.json')) as {
    readonly [name: string]: string;
  };
  const { d } = JSON.parse(read('keys', 'dev-issuer.jwk.json')) as { readonly d: string };
  const { devices } = JSON.parse(read('runtime.json')) as {
    readonly devices: readonly { readonly device_id: string; readonly password: string }[];
  };
  const hostKeys = readdirSync(join(home, 'simulator'))
    .filter((name) => existsSync(join(home, 'simulator', name, 'host_key')))
    .map(
      (name) =>
        [
          `host key of ${name}`,
          read('simulator', name, 'host_key')
            .split('\n')
            .filter((line) => !line.startsWith('-----'))
            .slice(1, -1)
            .join('\n'),
        ] as const,
    );
  const {
    keys: [mac, signer],
  } = JSON.parse(read('secrets', 'bundle-keys.json')) as {
    readonly keys: readonly [{ readonly secret: string }, { readonly private_key: string }];
  };
  const all: Secrets = {
    'secret of bundles': mac.secret,
    'private key of bundles': signer.private_key.split('\n')[1]!,
    ...Object.fromEntries(
      Object.entries(JSON.parse(read('secrets', 'bus.json')) as { readonly [user: string]: string }).map(
        ([user, password]) => [`bus password of ${user}`, password],
      ),
    ),
    ...Object.fromEntries(
      readdirSync(join(home, 'bus-users')).map((name) => [
        `seed of ${name}`,
        (JSON.parse(read('bus-users', name)) as { readonly seed: string }).seed,
      ]),
    ),
    ...Object.fromEntries(
      readdirSync(join(home, 'secrets', 'log'))
        .filter((name) => name.endsWith('.password'))
        .map((name) => [`log ${name}`, read('secrets', 'log', name)]),
    ),
    'database password': postgres_password!,
    'gateway key': gateway_key!,
    'key of the simulator': read('simulator', 'key'),
    'issuer key': d,
    "people's master key": read('secrets', 'people-key'),
    ...Object.fromEntries(devices.map(({ device_id, password }) => [`password of ${device_id}`, password])),
    ...Object.fromEntries(
      filesBelow(join(home, 'credentials')).map((path) => [
        `credential ${relative(home, path)}`,
        readFileSync(path, 'utf8').trim(),
      ]),
    ),
    ...Object.fromEntries(hostKeys.filter(([, text]) => text.length > 16)),
    ...Object.fromEntries(tokens.map((token, i) => [`token ${i}`, token])),
  };
  return all;
};

/**
 * Files that hold secrets by design, including the simulator's output, whose first line gives the
 * launcher its devices with passwords.
 */
const keepers =
  /^(?:secrets\/(?:log\/)?[\w.-]+|runtime\.json|nats\/accounts\.conf|bus-users\/[\w.-]+|keys\/dev-issuer\.jwk\.json|credentials\/[\w.-]+\/[\w.-]+|simulator\/(?:key|control)|simulator\/[\w.-]+\/host_key)$/;

/**
 * The files of a home with secrets: those made for them, others (log, bus, logs), and those
 * readable by others.
 */
export const findSecrets = (
  home: string,
  secrets: Secrets,
): {
  readonly mine: readonly string[];
  readonly foreign: readonly string[];
  readonly open: readonly string[];
} => {
  const [mine, foreign, open]: [string[], string[], string[]] = [[], [], []];
  // A token is found by its signature, because many share the rest.
  const needles = Object.entries(secrets).map(
    ([what, text]) =>
      [what, Buffer.from(text.startsWith('ey') ? text.split('.').at(-1) || text : text)] as const,
  );
  for (const path of [
    'log',
    'nats',
    'simulator',
    'keys',
    'logs',
    'pids',
    'secrets',
    'credentials',
    'bus-users',
    '.',
  ].flatMap((name) =>
    name === '.'
      ? readdirSync(home)
          .map((file) => join(home, file))
          .filter((file) => lstatSync(file).isFile())
      : filesBelow(join(home, name)),
  )) {
    const bytes = readFileSync(path);
    const name = relative(home, path);
    const found = needles.filter(([, needle]) => bytes.includes(needle)).map(([what]) => what);
    if (found.length === 0) continue;
    if (keepers.test(name)) mine.push(name);
    else foreign.push(`${name} holds ${found.slice(0, 3).join(', ')}`);
    if ((statSync(path).mode & 0o077) !== 0)
      open.push(`${name} ${(statSync(path).mode & 0o777).toString(8)}`);
  }
  return { mine, foreign, open };
};

const commandLines = (): string =>
  readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name) && name !== String(process.pid))
    .map((name) => {
      try {
        return readFileSync(`/proc/${name}/cmdline`, 'utf8');
      } catch {
        return '';
      }
    })
    .join('\n');

/** Secrets in texts, and in the command line of any process. */
export const secretsElsewhere = (
  secrets: Secrets,
  texts: { readonly [where: string]: string },
): readonly string[] =>
  Object.entries({ ...texts, 'a command line': commandLines() }).flatMap(([where, text]) =>
    Object.entries(secrets)
      .filter(([, secret]) => text.includes(secret))
      .map(([what]) => `${what} in ${where}`),
  );
