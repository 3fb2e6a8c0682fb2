import { readFileSync } from 'node:fs';
import { ProblemError } from '@interlock/kernel';

/** Options of a connection string that the official client 6.2.1 knows, written without case, dash and underline, as it compares them. */
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
 * How long one node of a cluster may take to say who leads, in seconds, and how often all of them are asked, where the connection string does not say: the client's own
 * 5 s and 10 times are longer than any call of ours waits, and a single node that is frozen would take all of it.
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
 * The connection string of the log from `EVENT_STORE_URL`, with the user `EVENT_STORE_USER` (`user` where it is not set) and the password in the file
 * `EVENT_STORE_PASSWORD_FILE`, where that is set. Throws `validation-failed` where the address is missing or names a user itself, and where the file cannot be read or is empty.
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

/** A connection string as the client gets it, and the names of options that were left out of it. */
export type LogAddress = { readonly url: string; readonly ignored: readonly string[] };

/** A colon in a password is its end to the client. */
const withWholePassword = (base: string): string =>
  base.replace(
    /^([^:]+:\/\/[^:@]+:)([^@]+)@/,
    (_, before: string, password: string) => `${before}${password.replaceAll(':', '%3A')}@`,
  );

/**
 * Reads what the client would misread. INVARIANT: what the client does not know (and `tlsVerifyCert`, which it does not obey) never reaches it: it would write the
 * whole connection string, with the password, to the console, at every new connection. Throws `validation-failed` where an option has no value.
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
        'the `connectionName` in the connection string of the log is no plain ASCII text',
        { remedy: 'name the connection in ASCII' },
      );
    if (!known.has(flat(name))) {
      ignored.push(name);
      continue;
    }
    // The client would leave the password out without a word, and nobody would know who calls.
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
