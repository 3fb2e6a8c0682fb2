import { isIP } from 'node:net';
import ipaddr from 'ipaddr.js';

/** The addresses that may be reached besides public ones, and those that never may. */
export type AddressRules = {
  /**
   * Networks such as `127.0.0.0/8` or `10.1.2.3/32` that are not public but may be reached. Only
   * the operator sets them.
   */
  readonly allowed: readonly string[];
  /**
   * `address:port` of Interlock's own parts, such as `127.0.0.1:5432` or `[::1]:5432`. They are
   * never reached, whatever is allowed.
   */
  readonly own: readonly string[];
};

/**
 * How an address may be reached: `public` only by TLS, `allowed` also in clear text. `refused` says
 * why it may not.
 */
export type AddressVerdict = 'public' | 'allowed' | { readonly refused: string };

type Parsed = ipaddr.IPv4 | ipaddr.IPv6;

/** An IPv4 address that is mapped into IPv6 is judged as the IPv4 address. */
const parse = (text: string): Parsed | undefined => {
  try {
    return ipaddr.process(text.replace(/^\[(.*)\]$/, '$1'));
  } catch {
    return undefined;
  }
};

const within = (address: Parsed, network: string): boolean => {
  try {
    const [base, bits] = ipaddr.parseCIDR(network);
    return base.kind() === address.kind() && address.match([base, bits]);
  } catch {
    return false;
  }
};

/**
 * The faults of a list of networks, such as a text that is not a network; empty if there are none.
 */
export const networkFaults = (networks: readonly string[]): readonly string[] =>
  networks.filter((network) => {
    // Different readers read short forms such as `10.1/16` as different networks.
    if (isIP(network.replace(/\/\d+$/, '')) === 0) return true;
    try {
      ipaddr.parseCIDR(network);
      return false;
    } catch {
      return true;
    }
  });

const isOwn = (address: Parsed, port: number, own: readonly string[]): boolean =>
  own.some((text) => {
    const at = text.lastIndexOf(':');
    const known = at < 0 ? undefined : parse(text.slice(0, at));
    return (
      known?.toNormalizedString() === address.toNormalizedString() && Number(text.slice(at + 1)) === port
    );
  });

/**
 * Judges an IP address and port. Public unicast addresses may be reached; of the others, only those
 * in an allowed network. Link-local, unspecified, multicast and broadcast addresses and Interlock's
 * own are always refused, and so is a text that is not an address.
 */
export const judgeAddress = (text: string, port: number, rules: AddressRules): AddressVerdict => {
  const address = parse(text);
  if (address === undefined) return { refused: 'is not an IP address' };
  if (isOwn(address, port, rules.own)) return { refused: "is an address of Interlock's own" };
  const range = address.range();
  if (['linkLocal', 'unspecified', 'multicast', 'broadcast'].includes(range))
    return { refused: `is ${range === 'linkLocal' ? 'link-local' : range}` };
  if (rules.allowed.some((network) => within(address, network))) return 'allowed';
  return range === 'unicast' ? 'public' : { refused: `is not public (${range})` };
};
