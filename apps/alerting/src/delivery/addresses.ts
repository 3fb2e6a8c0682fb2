import { lookup as systemLookup, type LookupAddress } from 'node:dns';
import { BlockList, isIP } from 'node:net';
import { ProblemError } from '@interlock/kernel';

export type Resolve = (host: string) => Promise<readonly LookupAddress[]>;

const family = (address: string): 'ipv4' | 'ipv6' => (isIP(address) === 6 ? 'ipv6' : 'ipv4');

/** Addresses that are nobody's on the internet (IANA's special-purpose registries), or reach what stands beside us. */
const specialRanges = [
  '0.0.0.0/8',
  '10.0.0.0/8',
  '100.64.0.0/10',
  '127.0.0.0/8',
  '169.254.0.0/16',
  '172.16.0.0/12',
  '192.0.0.0/24',
  '192.0.2.0/24',
  '192.88.99.0/24',
  '192.168.0.0/16',
  '198.18.0.0/15',
  '198.51.100.0/24',
  '203.0.113.0/24',
  '224.0.0.0/4',
  '240.0.0.0/4',
  '::/128',
  '::1/128',
  '64:ff9b::/96',
  '64:ff9b:1::/48',
  '100::/64',
  '2001::/23',
  '2001:db8::/32',
  '2002::/16',
  '3fff::/20',
  '5f00::/16',
  'fc00::/7',
  'fe80::/10',
  'fec0::/10',
  'ff00::/8',
];

const addRange = (list: BlockList, range: string): boolean => {
  const [address = '', bits] = range.split('/');
  const version = isIP(address);
  if (version === 0) return false;
  if (bits === undefined) {
    list.addAddress(address, family(address));
    return true;
  }
  if (!/^\d{1,3}$/.test(bits) || Number(bits) > (version === 6 ? 128 : 32)) return false;
  list.addSubnet(address, Number(bits), family(address));
  return true;
};

const special = new BlockList();
for (const range of specialRanges) addRange(special, range);

/** `::ffff:127.0.0.1` is 127.0.0.1, however it is written. */
const unmapped = (address: string): string => {
  const mapped = /^::ffff:(?:(\d+\.\d+\.\d+\.\d+)|([0-9a-f]{1,4}):([0-9a-f]{1,4}))$/i.exec(address);
  if (mapped === null) return address;
  const [, dotted, high, low] = mapped;
  if (dotted !== undefined) return dotted;
  const [a, b] = [parseInt(high ?? '0', 16), parseInt(low ?? '0', 16)];
  return `${a >> 8}.${a & 255}.${b >> 8}.${b & 255}`;
};

export type AddressRule = {
  /** Whether an address may be sent to. */
  readonly isAllowed: (address: string) => boolean;
  /** Whether it may because the configuration allows it by name: what is not encrypted is sent there only. */
  readonly isNamed: (address: string) => boolean;
};

/** Public addresses, and those that the configuration allows. Throws `validation-failed` for what is no network. */
export const addressRule = (allowed: string | undefined): AddressRule => {
  const named = new BlockList();
  const wrong = (allowed ?? '')
    .split(',')
    .map((range) => range.trim())
    .filter((range) => range !== '' && !addRange(named, range));
  if (wrong.length > 0)
    throw new ProblemError('validation-failed', `${wrong.length} of the allowed networks are none`, {
      violations: [
        {
          pointer: '/ALERTING_ALLOWED_NETWORKS',
          detail: 'must be addresses and networks such as `10.1.0.0/16`',
        },
      ],
    });
  const isNamed = (address: string): boolean => named.check(unmapped(address), family(unmapped(address)));
  return {
    isNamed,
    isAllowed: (address) =>
      isIP(unmapped(address)) !== 0 &&
      (isNamed(address) || !special.check(unmapped(address), family(unmapped(address)))),
  };
};

export const resolveBySystem: Resolve = (host) =>
  new Promise((resolve, reject) => {
    systemLookup(host, { all: true, verbatim: true }, (error, addresses) => {
      if (error === null) resolve(addresses);
      else reject(error);
    });
  });

/** A host whose address may not be sent to. It says nothing of the address: who set the channel need not learn what stands where. */
export class RefusedAddress extends Error {
  constructor(readonly host: string) {
    super('the address is a private one, which the configuration does not allow');
  }
}

/** The addresses of a host that are connected to. INVARIANT: one private address among several refuses them all, and nobody resolves the name again. */
export const pinnedAddresses = async (
  host: string,
  rule: AddressRule,
  resolve: Resolve,
): Promise<readonly [LookupAddress, ...LookupAddress[]]> => {
  const bare = host.replace(/^\[|\]$/g, '');
  const version = isIP(bare);
  const addresses = version === 0 ? await resolve(bare) : [{ address: bare, family: version }];
  const [first, ...others] = addresses;
  if (first === undefined || addresses.some(({ address }) => !rule.isAllowed(address)))
    throw new RefusedAddress(host);
  return [first, ...others];
};
