import { describe, expect, it } from '@jest/globals';
import { judgeAddress, networkFaults } from '../src/index.js';

const none = { allowed: [], own: [] };
const every = { allowed: ['0.0.0.0/0', '::/0'], own: [] };

describe('an address', () => {
  it.each([
    '8.8.8.8',
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
  ])('%s is public', (address) => expect(judgeAddress(address, 443, none)).toBe('public'));

  it.each([
    '127.0.0.1',
    '10.1.2.3',
    '172.16.0.1',
    '192.168.1.1',
    '100.64.0.1',
    '100.127.255.255',
    '172.31.255.255',
    '198.51.100.1',
    '203.0.113.1',
    '192.88.99.1',
    'fdff::1',
    '2001:db8::1',
    '100::1',
    'fec0::1',
    '::ffff:7f00:1',
    '::FFFF:0a00:0001',
    '::1',
    'fc00::1',
    '::ffff:10.0.0.1',
    '::ffff:127.0.0.1',
    '64:ff9b::7f00:1',
    '2002:7f00:1::',
    '198.18.0.1',
    '192.0.2.1',
    '240.0.0.1',
  ])('%s is not public, and is reached only if it is allowed', (address) => {
    expect(judgeAddress(address, 443, none)).toHaveProperty('refused');
    expect(judgeAddress(address, 443, every)).toBe('allowed');
  });

  it.each(['169.254.169.254', 'fe80::1', '0.0.0.0', '::', '224.0.0.1', 'ff02::1', '255.255.255.255', 'host'])(
    '%s is never reached',
    (address) => expect(judgeAddress(address, 443, every)).toHaveProperty('refused'),
  );

  it("is never reached if it is one of Interlock's own, in any notation", () => {
    const rules = { allowed: ['127.0.0.0/8', '::1/128'], own: ['127.0.0.1:5432', '[::1]:5432'] };
    for (const address of ['127.0.0.1', '::ffff:127.0.0.1', '::1'])
      expect(judgeAddress(address, 5432, rules)).toHaveProperty('refused');
    expect(judgeAddress('127.0.0.1', 5433, rules)).toBe('allowed');
  });

  it('allowed networks are networks', () => {
    expect(
      networkFaults(['10.0.0.0/8', '::1/128', '10.0.0.1', 'loopback', '10.0.0.0/33', '10.0.0/8']),
    ).toEqual(['10.0.0.1', 'loopback', '10.0.0.0/33', '10.0.0/8']);
  });
});
