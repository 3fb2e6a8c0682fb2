import { connectEventStore, readServerVersion, type ConnectedEventStore } from '@interlock/eventstore';
import { failed, ok, skipped, warning, withoutTls, type Finding, type Part } from './check.js';

/** The event store that is examined. */
export type LogSource = {
  /** The connection string with user and password. */
  readonly url: () => string;
  /** Reads the keys that sign events. Returns the services that sign; null if nobody does. */
  readonly keys?: () => readonly string[] | null;
};
type Open = { readonly store: ConnectedEventStore; readonly url: string };

/** The oldest version that the official client 6.2 supports. */
const oldest = 20;

const hostsOf = (url: string): readonly string[] =>
  (/^\w+(?:\+discover)?:\/\/(?:[^/?@]*@)?([^/?]*)/.exec(url)?.[1] ?? '').split(',');
const userOf = (url: string): string | undefined => /:\/\/([^:/?@]+):[^/?@]*@/.exec(url)?.[1];

const open = async (source: LogSource, timeoutMs: number): Promise<{ part: Open; found: string }> => {
  const url = source.url();
  const store = await connectEventStore(url, { deadlineMs: timeoutMs });
  const user = userOf(url);
  return {
    part: { store, url },
    found: `${user === undefined ? 'a client without a user' : `the user \`${decodeURIComponent(user)}\``} is let in at ${hostsOf(url).join(', ')}`,
  };
};

const remedyOf = (error: unknown): string =>
  /UNAUTHENTICATED|refused by the log/i.test(String(error))
    ? 'set EVENT_STORE_USER and EVENT_STORE_PASSWORD_FILE to a user that the event store has'
    : 'start the event store, and see that EVENT_STORE_URL names its host, port and `tlsCAFile`';

const tls = ({ url }: Open): Finding => {
  if (!/[?&]tls=false(?:&|$)/i.test(url))
    return ok(
      /[?&]user-?_?cert-?_?file=/i.test(url)
        ? "TLS with a client certificate, and the server's certificate is verified"
        : "TLS, and the server's certificate is verified",
    );
  return withoutTls(
    hostsOf(url).map((host) => host.replace(/:\d+$/, '')),
    warning(
      'no TLS: events cross the network in clear text, and no user can log in',
      'turn on TLS in the event store, and set `tls=true&tlsCAFile=FILE` in EVENT_STORE_URL',
    ),
  );
};

const version = async ({ url }: Open): Promise<Finding> => {
  const found = await readServerVersion(url);
  const major = Number(found.split('.')[0]);
  return major >= oldest
    ? ok(`the event store has version ${found}`)
    : failed(`the event store has version ${found}`, `upgrade the event store to ${oldest}.6 or later`);
};

const reads = async ({ store }: Open): Promise<Finding> => {
  let last: string | undefined;
  for await (const { stream } of store.readAll({ backwards: true, limit: 1 })) last = stream;
  return ok(
    last === undefined
      ? 'the log may be read, and is empty'
      : `the log may be read, up to an event of the category \`${last.split('-', 1)[0]}\``,
  );
};

const signs = ({ keys }: LogSource): Finding => {
  const services = keys?.() ?? null;
  if (services === null) return skipped('EVENT_KEYS_DIR is not set, so events are not signed');
  return ok(
    services.length === 0
      ? 'the public keys of all services can be read'
      : `${services.join(', ')} can sign with a key that is listed`,
  );
};

const newest = async ({ store }: Open): Promise<Finding> => {
  for await (const { created } of store.readAll({ backwards: true, limit: 1 })) {
    const aheadMs = Date.parse(created) - Date.now();
    return aheadMs > 1000
      ? failed(
          `its newest event is from ${(aheadMs / 1000).toFixed(1)} s in the future, so its clock is ahead`,
          'synchronise both machines with NTP',
        )
      : ok('its newest event is not from the future; checking more needs a write');
  }
  return skipped('an empty log does not tell its time');
};

/** Returns the checks of the event store. They only read. */
export const logPart = (source: LogSource | undefined, timeoutMs: number): Part<Open> => {
  const given: LogSource = source ?? { url: () => '' };
  const remedy = 'look at the log of the event store';
  return {
    name: 'event store',
    absent: source === undefined ? 'EVENT_STORE_URL is not set' : undefined,
    open: () => open(given, timeoutMs),
    tls: {
      authority: '`tlsCAFile` of EVENT_STORE_URL',
      address: 'EVENT_STORE_URL',
      client: '`userCertFile` and `userKeyFile` of EVENT_STORE_URL',
    },
    remedyOf,
    close: ({ store }) => store.close(),
    checks: [
      { name: 'tls', remedy, look: tls },
      { name: 'version', remedy, look: version },
      { name: 'reads', remedy: 'give the user the right to read `$all`', look: reads },
      {
        name: 'writes',
        remedy,
        look: () => skipped('the right to write cannot be tried without writing'),
      },
      { name: 'keys', remedy: 'make the keys with `interlock log keys`', look: () => signs(given) },
      { name: 'clock', remedy, look: newest },
    ],
  };
};
