/** The destination of a secret. `hostKey` is the fingerprint that an SSH server must show. */
export type SecretDestination = {
  readonly host: string;
  readonly port: number;
  readonly hostKey?: string;
};

/** The suffix of a binding's file, after the name of its secret. */
export const bindingEnd = '.for';
/** The suffix of a binding's variable, after the name of its secret. */
export const variableBindingEnd = '__FOR';

const standardPorts: { readonly [protocol: string]: number } = { 'https:': 443, 'http:': 80 };

const plainHost = (host: string): string =>
  host
    .toLowerCase()
    .replace(/^\[(.*)\]$/, '$1')
    .replace(/\.$/, '');

/**
 * Returns the destination of a URL. An invalid URL gives a host without a name, to which no secret
 * is bound.
 */
export const destinationOf = (url: string): SecretDestination => {
  const parsed = URL.parse(url);
  return parsed === null
    ? { host: '', port: 0 }
    : {
        host: parsed.hostname,
        port: parsed.port === '' ? (standardPorts[parsed.protocol] ?? 0) : Number(parsed.port),
      };
};

/** Returns a destination in the form of a binding, e.g. `gnb-1.example.org:830`. */
export const destinationText = ({ host, port }: SecretDestination): string => {
  const plain = plainHost(host);
  return plain.includes(':') ? `[${plain}]:${port}` : `${plain}:${port}`;
};

/** Splits `host`, `host:port`, `[v6]` and `[v6]:port`; a bare IPv6 address is a host. */
const entryOf = (text: string): { readonly host: string; readonly port: number | null } => {
  const [, host = text, port] = /^(\[[^\]]*\]|[^:]*)(?::(\d{1,5}))?$/.exec(text) ?? [];
  return { host: plainHost(host), port: port === undefined ? null : Number(port) };
};

/** Returns the entries of a binding: hosts and fingerprints of host keys. */
export const bindingEntries = (binding: string): readonly string[] =>
  binding.split(/\s+/).filter((one) => one !== '');

/**
 * Returns the fault of one entry of a binding, as a text to follow the entry's name; null if there
 * is none.
 */
export const destinationFault = (entry: string): string | null => {
  if (entry.startsWith('SHA256:'))
    return /^SHA256:[A-Za-z0-9+/]{43}$/.test(entry)
      ? null
      : 'is not a fingerprint as `ssh-keygen -l` prints it';
  const { host, port } = entryOf(entry);
  if (port !== null && (port < 1 || port > 65_535)) return 'has no port from 1 to 65535';
  return URL.canParse(`ssh://${host.includes(':') ? `[${host}]` : host}/`) && /^[\w.:-]+$/.test(host)
    ? null
    : 'is not a host, `host:port` or fingerprint `SHA256:…`';
};

/**
 * Returns why the text of a secret's binding forbids a destination; null if it allows it. The text
 * has hosts (`host` or `host:port`) and fingerprints of host keys (`SHA256:…`), separated by white
 * space. An SSH destination needs both its host and its key in it.
 */
export const bindingFault = (binding: string, to: SecretDestination): string | null => {
  const entries = bindingEntries(binding);
  if (entries.length === 0) return 'is bound to no destination';
  const host = plainHost(to.host);
  const isThere = entries
    .filter((one) => !one.startsWith('SHA256:'))
    .map(entryOf)
    .some((one) => host !== '' && one.host === host && (one.port === null || one.port === to.port));
  if (!isThere) return `is not bound to \`${destinationText(to)}\``;
  return to.hostKey === undefined || entries.includes(to.hostKey)
    ? null
    : `is not bound to the host key \`${to.hostKey}\``;
};
