import { chmodSync, existsSync, readdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { makeFolders } from '@interlock/platform/folders';
import { bindingEnd, bindingEntries, destinationFault } from '@interlock/platform/secret-binding';
import { type Shape } from '../../output/output.js';
import { tableText, type Column } from '../../output/table.js';
import { readText } from '../../reading.js';
import { CliError, homeOf, readTenant, visible, type Globals } from '../../connection/session.js';
import { answer, group } from '../../program/declare.js';

/** The folder of secrets in a home for each use, with a subfolder for each tenant. */
const folders = { device: 'credentials', handler: 'handler-secrets', channel: 'channel-secrets' } as const;
type Use = keyof typeof folders;
const uses = Object.keys(folders) as readonly Use[];

/**
 * A secret in a list: its destinations, never its value. `is_there` is false if only a binding
 * exists.
 */
type Listed = {
  readonly use: Use;
  readonly name: string;
  readonly reference: string;
  readonly for: readonly string[];
  readonly is_there: boolean;
};
const secretName = /^[A-Za-z0-9][A-Za-z0-9_.-]{0,127}$/;

const writeOwn = (path: string, text: string): void => {
  writeFileSync(`${path}.new`, text, { mode: 0o600 });
  chmodSync(`${path}.new`, 0o600);
  renameSync(`${path}.new`, path);
};

const folderOf = (globals: Globals, use: Use): string =>
  join(homeOf(globals), folders[use], readTenant(globals.tenant));

const listedOf = (folder: string, use: Use, name: string): Listed => {
  const binding = join(folder, `${name}${bindingEnd}`);
  return {
    use,
    name,
    reference: `file:${name}`,
    for: existsSync(binding) ? bindingEntries(readFileSync(binding, 'utf8')) : [],
    is_there: existsSync(join(folder, name)),
  };
};

const columns: readonly Column<Listed>[] = [
  { head: 'USE', of: ({ use }) => use },
  { head: 'REFERENCE', of: ({ reference }) => reference },
  { head: 'MAY BE SENT TO', of: (one) => (one.for.length === 0 ? 'nowhere' : one.for.join(' ')), fit: 20 },
  { head: 'SECRET', of: (one) => (one.is_there ? 'there' : 'missing') },
];
const shape: Shape<{ readonly items: readonly Listed[] }> = {
  text: ({ items }, screen, wide) =>
    items.length === 0 ? 'No secrets.' : tableText(items, columns, screen, { wide }),
  names: ({ items }) => items.map(({ name }) => name),
};

const putShape: Shape<Listed> = {
  text: ({ use, reference, for: destinations }) =>
    `${reference} of the ${use}s may be sent to ${destinations.join(' ')}`,
  names: ({ name }) => [name],
};

/** The longest secret, in characters: a private key with a long chain of certificates has fewer. */
const longestSecret = 65_536;

/**
 * Refuses a text that no receiver takes, such as a whole file by mistake. Only PEM has several
 * lines.
 */
const refuseUnsendable = (secret: string): void => {
  if (secret.length > longestSecret)
    throw new CliError(`the secret is longer than ${longestSecret} characters`, 2);
  if (/[\r\n]/.test(secret) && !secret.includes('-----BEGIN '))
    throw new CliError('the secret has several lines, as only keys and certificates in PEM may', 2);
};

/** Refuses invalid destinations of a secret, and names all faults. */
const refuseDestinations = (use: Use, destinations: readonly string[]): void => {
  const faults = destinations.flatMap((one) => {
    const fault = destinationFault(one);
    return fault === null ? [] : [`\`${visible(one)}\` ${fault}`];
  });
  if (use === 'device' && !destinations.some((one) => one.startsWith('SHA256:')))
    faults.push(
      'a device needs its host key, too: --for SHA256:…, as `ssh-keyscan HOST | ssh-keygen -lf -` tells it',
    );
  if (use === 'device' && !destinations.some((one) => !one.startsWith('SHA256:')))
    faults.push('a device needs its address: --for HOST:PORT');
  if (faults.length > 0) throw new CliError(faults.join('; '), 2);
};

/**
 * Returns the host of a channel's secret that is an address itself, such as that of a Teams
 * workflow. It is sent nowhere else. Refuses every other secret without a destination.
 */
const ownDestinations = (use: Use, secret: string | null): readonly string[] => {
  const address = secret !== null && URL.canParse(secret) ? new URL(secret) : undefined;
  if (use === 'channel' && address !== undefined && /^https?:$/.test(address.protocol)) return [address.host];
  throw new CliError(
    'name a destination of the secret with --for. Only the secret of a channel that is an address itself needs none',
    2,
  );
};

const put = answer({
  command: 'put <use> <name>',
  about: 'store a secret from the standard input, with the only destinations that may receive it',
  arguments: { use: { about: 'what it is for', choices: uses }, name: 'it is referred to as `file:NAME`' },
  options: {
    '--for <destination>': {
      about:
        'a host, host:port, or the SHA256:… fingerprint of a host key; may be repeated. Not needed for the secret of a channel that is an address itself',
      several: true,
    },
    '--from <file>': 'read the secret from a file',
    '--keep': { about: 'leave the secret as it is, and change its destinations', preset: false },
  },
  run: ({ globals, options }, use, name) => {
    if (!secretName.test(name) || name.endsWith(bindingEnd))
      throw new CliError(
        `\`${visible(name)}\` is not a name of a secret: letters, digits, \`_\`, \`.\` and \`-\`, not \`.for\` at the end`,
        2,
      );
    if (options.for.length > 0) refuseDestinations(use, options.for);
    else if (use !== 'channel' || options.keep) ownDestinations(use, null);
    if (!existsSync(homeOf(globals))) throw new CliError(`there is no home ${homeOf(globals)}`, 2);
    const folder = folderOf(globals, use);
    const path = join(folder, name);
    if (options.keep && !existsSync(path)) throw new CliError(`there is no secret \`${name}\` to keep`, 2);
    if (!options.keep && options.from === undefined && process.stdin.isTTY)
      throw new CliError('give the secret on the standard input, or in a file with --from', 2);
    const secret = options.keep ? null : readText(options.from ?? '-', 'the secret').replace(/\r?\n$/, '');
    if (secret === '') throw new CliError('the secret is empty', 2);
    if (secret !== null) refuseUnsendable(secret);
    const destinations = options.for.length > 0 ? options.for : ownDestinations(use, secret);
    makeFolders(folder, 0o700);
    // INVARIANT: the binding is written before the secret, so that a new secret never has the old
    // binding.
    writeOwn(`${path}${bindingEnd}`, `${destinations.join('\n')}\n`);
    if (secret !== null) writeOwn(path, `${secret}\n`);
    return listedOf(folder, use, name);
  },
  shape: putShape,
});

/**
 * `interlock secrets`: stores secrets with their destinations in a home on this machine. No route
 * of the API does this.
 */
export const addSecrets = group('secrets', "a tenant's secrets in this home, and where each may be sent", [
  put,
  answer({
    command: 'list',
    about: 'list secrets by name with their destinations, never their values',
    run: ({ globals }) => {
      const items = uses.flatMap((use) => {
        const folder = folderOf(globals, use);
        if (!existsSync(folder)) return [];
        const names = readdirSync(folder).map((name) =>
          name.endsWith(bindingEnd) ? name.slice(0, -bindingEnd.length) : name,
        );
        return [...new Set(names)].sort().map((name) => listedOf(folder, use, name));
      });
      return { items };
    },
    shape,
  }),
]);
