import { describe, expect, it } from '@jest/globals';
import { roleFaults, type RoleFacts } from '../src/role-check.js';

const facts: RoleFacts = { role: 'interlock_audit', unbound: false, limit: 12, limits: 132, available: 197 };
const demands = { poolMax: 12, allowSuperuser: false };

describe('the role of a service', () => {
  it('is accepted if row-level security limits it and its pool fits', () => {
    expect(roleFaults(facts, demands)).toEqual([]);
    expect(roleFaults({ ...facts, limit: null, limits: 0 }, { ...demands, poolMax: 197 })).toEqual([]);
  });

  it('is refused if it may bypass row-level security, unless the operator insists', () => {
    expect(roleFaults({ ...facts, unbound: true }, demands)).toEqual([
      expect.stringContaining('ALLOW_SUPERUSER'),
    ]);
    expect(roleFaults({ ...facts, unbound: true }, { ...demands, allowSuperuser: true })).toEqual([]);
  });

  it('is refused if its pool exceeds its own limit, or what Postgres gives out', () => {
    expect(roleFaults(facts, { ...demands, poolMax: 13 })).toEqual([
      expect.stringContaining('exceeds the 12'),
    ]);
    expect(roleFaults({ ...facts, limit: null }, { ...demands, poolMax: 198 })).toEqual([
      expect.stringContaining('exceeds the 197'),
    ]);
  });

  it('is refused if the limits of all roles together exceed what Postgres gives out', () => {
    expect(roleFaults({ ...facts, limits: 198 }, demands)).toEqual([
      expect.stringContaining('add up to 198'),
    ]);
  });

  it('is refused with every reason at once', () => {
    expect(roleFaults({ ...facts, unbound: true, limits: 300 }, { ...demands, poolMax: 250 })).toHaveLength(
      4,
    );
  });
});
