import { describe, expect, it } from '@jest/globals';
import { scopes } from '@interlock/contracts';
import { callerOf, personClaimIn, rolesIn } from '../src/index.js';

const exp = 2_000_000_000;
const said = { exp, sub: 'ann', tenant: 'acme' };
/** Of somebody who logged in. */
const plain = { ...said, auth_time: 1_700_000_000 };
const names = { roles: 'roles' };
const unknownKind = "a person's or a service's";

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
    expect(() => of([{ name: 'viewer' }])).toThrow('not a list of texts');
  });

  it('tell the roles from which the scopes come, which allow nothing by themselves', () => {
    expect(callerOf({ ...plain, roles: ['approver'] }, names).roles).toEqual(['approver']);
    const own = { ...said, principal_kind: 'person', scope: 'POLICY_READ', held_roles: ['administrator'] };
    expect(callerOf(own)).toMatchObject({ roles: ['administrator'], scopes: ['POLICY_READ'] });
    // A provider's token tells its roles in the claim that is configured, and nowhere else.
    expect(callerOf({ ...plain, held_roles: ['administrator'] }, names).roles).toEqual([]);
  });

  it('name roles within another claim, or under an address', () => {
    const nested = { ...plain, realm_access: { roles: ['viewer', 'emperor'] } };
    expect(rolesIn(nested, { roles: 'realm_access.roles' })).toEqual(['viewer']);
    const address = 'https://example.com/roles';
    expect(rolesIn({ ...plain, [address]: ['auditor'] }, { roles: address })).toEqual(['auditor']);
    expect(rolesIn(nested, { roles: 'realm_access.roles.more' })).toEqual([]);
    expect(rolesIn({ ...plain, roles: ['viewer'] }, undefined)).toEqual([]);
  });

  it.each([
    { idtyp: 'app' },
    { gty: 'client-credentials' },
    { gty: ['client-credentials'] },
    { preferred_username: 'service-account-bot' },
    { clientHost: '10.0.0.1' },
    { azp: 'ann', client_id: 'other' },
    { cid: 'ann' },
    { appid: 'ann' },
  ])("that a provider marks as a program's own are no person's, whatever else they say: %j", (mark) => {
    const more = { amr: ['pwd'], auth_time: 1_700_000_000, kind: 'human' };
    for (const person of [undefined, { name: 'kind', value: 'human' }])
      expect(callerOf({ ...said, ...more, ...mark }, { ...names, ...(person && { person }) }).kind).toBe(
        'service',
      );
  });

  it("are refused where a program's own says that it is a person's", () => {
    const both = { ...said, client_id: 'ann', principal_kind: 'person' };
    expect(() => callerOf(both, names)).toThrow(unknownKind);
    expect(callerOf({ ...both, principal_kind: 'service' }, names).kind).toBe('service');
    expect(callerOf({ ...both, client_id: 'console' }, names).kind).toBe('person');
  });

  it('name a program by the client and the word that Auth0 adds, which is not a name here', () => {
    const own = { ...said, sub: 'x1@clients', azp: 'x1' };
    expect(() => callerOf(own, names)).toThrow('is not a name');
  });

  it.each([{ auth_time: 1 }, { amr: ['pwd'] }, { idtyp: 'user' }])(
    "are a person's where a login left something: %j",
    (sign) => expect(callerOf({ ...said, azp: 'console', ...sign }, names).kind).toBe('person'),
  );

  it.each([
    {},
    { azp: 'console', client_id: 'console' },
    { scope: 'openid profile' },
    { sid: 'a', acr: '1' },
    { auth_time: 0 },
    { auth_time: '1700000000' },
    { amr: [] },
    { amr: [1, ''] },
    { amr: 'pwd' },
    { email: 'ann@example.com', preferred_username: 'ann' },
    { auth_time: 1_700_000_000, act: { sub: 'robot' } },
  ])("are nobody's where nothing says that a person logged in: %j", (sign) =>
    expect(() => callerOf({ ...said, ...sign }, names)).toThrow(unknownKind),
  );

  it("are a person's by the claim that the installation names, and by nothing else then", () => {
    const of = (text: string, claims: object) =>
      callerOf({ ...said, ...claims }, { ...names, person: personClaimIn(text) }).kind;
    expect(of('scp', { scp: 'access' })).toBe('person');
    expect(of('kind=human', { kind: ['human'] })).toBe('person');
    expect(of('https://example.com/kind=human', { 'https://example.com/kind': 'human' })).toBe('person');
    expect(of('user.kind=human', { user: { kind: 'human' } })).toBe('person');
    for (const kind of ['robot', '', null, ['robot'], undefined])
      expect(() => of('kind=human', { kind })).toThrow(unknownKind);
    for (const scp of ['', false, null, undefined]) expect(() => of('scp', { scp })).toThrow(unknownKind);
    expect(() => of('scp', { auth_time: 1_700_000_000, amr: ['pwd'] })).toThrow(unknownKind);
    expect(() => of('scp', { scp: 'access', act: { sub: 'robot' } })).toThrow(unknownKind);
    expect(personClaimIn('=x')).toEqual({ name: '=x' });
  });

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
    expect(() => callerOf(key)).toThrow('is not a name');
  });

  it('without a kind are refused where no claim of roles is configured, and without a tenant always', () => {
    expect(() => callerOf(plain)).toThrow(unknownKind);
    expect(() => callerOf({ ...plain, principal_kind: 'robot' }, names)).toThrow(unknownKind);
    expect(() => callerOf({ exp, sub: 'ann', roles: ['viewer'] }, names)).toThrow('no tenant');
    const elsewhere = { roles: 'roles', tenant: 'org.slug' };
    expect(() => callerOf(plain, elsewhere)).toThrow(
      expect.objectContaining({ remedy: 'let the issuer write the tenant into the claim `org.slug`' }),
    );
    const org = { exp, sub: 'ann', amr: ['pwd'], org: { slug: 'acme' }, roles: ['viewer'] };
    expect(callerOf(org, elsewhere).tenants).toEqual(['acme']);
  });
});

describe('the subject of a token', () => {
  it('is well-formed Unicode: half a surrogate pair is refused, a whole one is not', () => {
    const subjectOf = (sub: string): string => callerOf({ ...plain, sub }, names).subject;
    for (const half of ['ann\ud83d', '\ude00ann', 'a\ude00\ud83dn'])
      expect(() => subjectOf(half)).toThrow('well-formed');
    expect(subjectOf('ann\u{1f600}')).toBe('ann\u{1f600}');
  });
});
