import { readFileSync } from 'node:fs';
import { ProblemError } from '@interlock/kernel';

/**
 * The options of a connection string that the official client 6.2.1 knows. They are in lower case
 * without dash and underscore, because the client compares them in this form.
 */
const known = new Set([
  'usercertfile',
  'userkeyfile',
  'maxdiscoverattempts',
  'connectionname',
  'defaultdeadline',
  'discoveryinterval',
  'gossiptimeout',
  'nodepreference',
  'tls',
  'tlscafile',
  'throwonappendfailure',
  'keepaliveinterval',
  'keepalivetimeout',
]);
const flat = (name: string): string => name.trim().toLowerCase().replace(/[_-]/g, '');

/**
 * How many seconds one node of a cluster may take to name the leader, and how many times all nodes
 * are asked, unless the connection string says otherwise. The client's own 5 s and 10 times are
 * longer than any of our calls waits, and one frozen node would take all of that time.
 */
const discovery = { gossiptimeout: 'gossipTimeout=1', maxdiscoverattempts: 'maxDiscoverAttempts=3' };

const decoded = (value: string): string => {
  try {
    return decodeURIComponent(value);
  } catch {
    return '';
  }
};

const named = 'esdb://HOST:PORT?tls=true';

const hasUser = (connectionString: string): boolean => /^[^:/?]+:\/\/[^/?]*@/.test(connectionString.trim());

/**
 * The connection string of the log from `EVENT_STORE_URL`. With `EVENT_STORE_PASSWORD_FILE`, it
 * gets the user `EVENT_STORE_USER` (default `user`) and the password in that file. Throws
 * `validation-failed` if the address is missing or names a user itself, or if the file cannot be
 * read or is empty.
 */
export const readLogUrl = (env: { readonly [name: string]: string | undefined }, user: string): string => {
  const url = env['EVENT_STORE_URL']?.trim() ?? '';
  const file = env['EVENT_STORE_PASSWORD_FILE'] ?? '';
  if (url === '') throw new ProblemError('validation-failed', '`EVENT_STORE_URL` is not set');
  if (file === '') return url;
  if (hasUser(url))
    throw new ProblemError(
      'validation-failed',
      '`EVENT_STORE_URL` names a user, and `EVENT_STORE_PASSWORD_FILE` holds a password',
      { remedy: 'leave the user out of `EVENT_STORE_URL`' },
    );
  let password: string;
  try {
    password = readFileSync(file, 'utf8').trim();
  } catch (error) {
    throw new ProblemError('validation-failed', 'the file in `EVENT_STORE_PASSWORD_FILE` cannot be read', {
      cause: error,
    });
  }
  if (password === '')
    throw new ProblemError('validation-failed', 'the file in `EVENT_STORE_PASSWORD_FILE` is empty');
  const name = env['EVENT_STORE_USER'] || user;
  return url.replace('://', `://${encodeURIComponent(name)}:${encodeURIComponent(password)}@`);
};

/** A connection string for the client, and the names of the options that were removed from it. */
export type LogAddress = { readonly url: string; readonly ignored: readonly string[] };

/** The client ends a password at a colon. */
const withWholePassword = (base: string): string =>
  base.replace(
    /^([^:]+:\/\/[^:@]+:)([^@]+)@/,
    (_, before: string, password: string) => `${before}${password.replaceAll(':', '%3A')}@`,
  );

/**
 * Reads the parts that the client would misread. INVARIANT: options that the client does not know
 * (and `tlsVerifyCert`, which it ignores) never reach it. At every new connection, it would print
 * the whole connection string, with the password. Throws `validation-failed` if an option has no
 * value.
 */
export const readAddress = (connectionString: string): LogAddress => {
  const text = connectionString.trim();
  const at = text.indexOf('?');
  const ignored: string[] = [];
  const kept: string[] = [];
  const present = new Set<string>();
  for (const option of at < 0 ? [] : text.slice(at + 1).split('&')) {
    const [name = '', value = ''] = option.split('=', 2);
    if (name === '' || value === '')
      throw new ProblemError(
        'validation-failed',
        'the connection string of the log has an option without a value',
        { remedy: `name the log as \`${named}\`` },
      );
    if (flat(name) === 'connectionname' && !/^[\x20-\x7e]+$/.test(decoded(value)))
      throw new ProblemError(
        'validation-failed',
        'the `connectionName` in the connection string of the log is not plain ASCII text',
        { remedy: 'name the connection in ASCII' },
      );
    if (!known.has(flat(name))) {
      ignored.push(name);
      continue;
    }
    // The client would silently drop the password, and the server would not know the caller.
    if (flat(name) === 'tls' && value.trim().toLowerCase() !== 'true' && hasUser(text))
      throw new ProblemError(
        'validation-failed',
        'the connection string of the log has a user but no TLS, so that the user would be left out',
        { remedy: `name the log as \`${named}\`` },
      );
    present.add(flat(name));
    kept.push(option);
  }
  for (const [name, option] of Object.entries(discovery)) if (!present.has(name)) kept.push(option);
  return {
    url: `${withWholePassword(at < 0 ? text : text.slice(0, at)).replace(/\/+$/, '')}?${kept.join('&')}`,
    ignored,
  };
};
