import { describe, expect, it } from '@jest/globals';
import { scopes } from '@interlock/contracts';
import { callerOf, rolesIn } from '../src/index.js';

const exp = 2_000_000_000;
const plain = { exp, sub: 'ann', tenant: 'acme' };
const names = { roles: 'roles' };

describe('the claims of a token', () => {
  it('of a provider give the scopes of all known roles together, and of an unknown one none', () => {
    const of = (roles: unknown) => callerOf({ ...plain, roles }, names).scopes;
    expect(of(['administrator'])).toEqual(scopes);
    expect(of(['approver', 'policy-author'])).toEqual(
      expect.arrayContaining(['AUTONOMOUS_APPROVE', 'POLICY_WRITE']),
    );
    expect(of(['approver', 'policy-author'])).not.toContain('AUTONOMOUS_KILL');
    expect([of(['emperor']), of([]), of(undefined)]).toEqual([[], [], []]);
    expect(of('viewer auditor')).toContain('AUDIT_READ');
    expect(() => of([{ name: 'viewer' }])).toThrow('no list of texts');
  });

  it('name roles within another claim, or under an address', () => {
    const nested = { ...plain, realm_access: { roles: ['viewer', 'emperor'] } };
    expect(rolesIn(nested, { roles: 'realm_access.roles' })).toEqual(['viewer']);
    const address = 'https://example.com/roles';
    expect(rolesIn({ ...plain, [address]: ['auditor'] }, { roles: address })).toEqual(['auditor']);
    expect(rolesIn(nested, { roles: 'realm_access.roles.more' })).toEqual([]);
    expect(rolesIn({ ...plain, roles: ['viewer'] }, undefined)).toEqual([]);
  });

  it.each([{ idtyp: 'app' }, { gty: 'client-credentials' }, { preferred_username: 'service-account-bot' }])(
    "that a provider marks as a program's own are no person's: %j",
    (mark) => {
      expect(callerOf({ ...plain, ...mark }, { roles: 'roles', tenant: 'tenant' }).kind).toBe('service');
    },
  );

  it('of a provider never give what a client asked for as `scope` to a person', () => {
    expect(callerOf({ ...plain, scope: 'AUTONOMOUS_KILL openid' }, names)).toMatchObject({
      kind: 'person',
      scopes: [],
    });
    const own = { ...plain, scope: 'AUTONOMOUS_KILL', principal_kind: 'person' };
    expect(callerOf(own, names).scopes).toEqual(['AUTONOMOUS_KILL']);
  });

  it('are a service where the client itself is the subject, by either name of it', () => {
    const robot = { ...plain, sub: 'robot', scope: 'AUTONOMOUS_READ' };
    for (const by of [{ client_id: 'robot' }, { azp: 'robot' }])
      expect(callerOf({ ...robot, ...by }, names)).toMatchObject({
        kind: 'service',
        scopes: ['AUTONOMOUS_READ'],
      });
  });

  it('never name an offline key', () => {
    const key = { ...plain, sub: 'break-glass.safe', principal_kind: 'service' };
    expect(() => callerOf(key)).toThrow('is no name');
  });

  it('without a kind are refused where no claim of roles is configured, and without a tenant always', () => {
    expect(() => callerOf(plain)).toThrow("a person's or a service's");
    expect(() => callerOf({ ...plain, principal_kind: 'robot' }, names)).toThrow("a person's or a service's");
    expect(() => callerOf({ exp, sub: 'ann', roles: ['viewer'] }, names)).toThrow('no tenant');
    const org = { exp, sub: 'ann', org: { slug: 'acme' }, roles: ['viewer'] };
    expect(callerOf(org, { roles: 'roles', tenant: 'org.slug' }).tenants).toEqual(['acme']);
  });
});
