import { describe, expect, it } from '@jest/globals';
import { addressRule, pinnedAddresses, RefusedAddress } from '../src/delivery/addresses.js';

const none = addressRule(undefined);
const home = addressRule('127.0.0.0/8, 10.1.2.3,fd00::/8');

describe('addresses', () => {
  it.each([
    '0.0.0.0',
    '10.0.0.1',
    '100.64.0.1',
    '100.127.255.255',
    '127.0.0.1',
    '169.254.169.254',
    '172.16.0.1',
    '172.31.255.255',
    '192.168.1.1',
    '198.18.0.1',
    '224.0.0.1',
    '255.255.255.255',
    '::',
    '::1',
    '::ffff:127.0.0.1',
    '::ffff:7f00:1',
    '::FFFF:0a00:0001',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    'fc00::1',
    'fdff::1',
    'fe80::1',
    'ff02::1',
    'not-an-address',
    '',
  ])('`%s` is not sent to', (address) => {
    expect(none.isAllowed(address)).toBe(false);
  });

  it.each([
    '1.1.1.1',
    '11.0.0.0',
    '100.63.255.255',
    '100.128.0.0',
    '172.15.255.255',
    '172.32.0.0',
    '192.167.255.255',
    '223.255.255.255',
    '::ffff:1.1.1.1',
    '2606:4700::1111',
  ])('`%s` is', (address) => {
    expect(none.isAllowed(address)).toBe(true);
    expect(none.isNamed(address)).toBe(false);
  });

  it('that the configuration names are sent to, and no others', () => {
    for (const address of ['127.0.0.1', '127.255.255.255', '10.1.2.3', '::ffff:127.0.0.1', 'fd12::1'])
      expect([address, home.isAllowed(address), home.isNamed(address)]).toEqual([address, true, true]);
    for (const address of ['10.1.2.4', '128.0.0.1x', '192.168.0.1', '::1'])
      expect([address, home.isAllowed(address)]).toEqual([address, false]);
  });

  it.each(['10.0.0.0/33', 'fd00::/129', 'localhost', '10.0.0.0/x', '10.0.0/8'])(
    'as `%s` are refused',
    (range) => {
      expect(() => addressRule(range)).toThrow('1 of the allowed networks are none');
    },
  );
});

describe('the addresses of a host', () => {
  const resolving =
    (...addresses: readonly string[]) =>
    () =>
      Promise.resolve(addresses.map((address) => ({ address, family: address.includes(':') ? 6 : 4 })));

  it('are those that it resolves to, all of them public', async () => {
    expect(await pinnedAddresses('example.org', none, resolving('1.1.1.1', '2606:4700::1111'))).toHaveLength(
      2,
    );
  });

  it.each([[['127.0.0.1']], [['1.1.1.1', '127.0.0.1']], [['::1', '1.1.1.1']], [[]]])(
    'as %j are refused',
    async (addresses) => {
      await expect(pinnedAddresses('example.org', none, resolving(...addresses))).rejects.toThrow(
        RefusedAddress,
      );
    },
  );

  it.each(['127.0.0.1', '[::1]', '[::ffff:127.0.0.1]'])(
    'written as `%s` are looked at, too',
    async (host) => {
      await expect(pinnedAddresses(host, none, resolving('1.1.1.1'))).rejects.toThrow(RefusedAddress);
    },
  );

  it('are not named where they are refused', async () => {
    const refused = pinnedAddresses('intranet.example.org', none, resolving('10.9.8.7'));
    await expect(refused).rejects.not.toThrow(/10\.9\.8\.7/);
  });
});
