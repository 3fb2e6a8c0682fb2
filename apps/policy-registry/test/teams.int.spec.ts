import { beforeAll, describe, expect, it } from '@jest/globals';
import { bundleIdOf } from '@interlock/policy';
import { after, codeOf, useRegistry, type Answer } from './world.js';

const registry = useRegistry();
const { call } = registry;
let north: Record<string, string>;
let both: Record<string, string>;
const base = '/api/v1/policy/bundles';
const teams = '/api/v1/policy/teams';
const all = ['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT'] as const;
const bundle = (version: string, over: object = {}) => ({
  version,
  rules: [
    {
      id: 'r',
      agent: '*',
      action: '*',
      effect: 'needs_approval',
      priority: 1,
      reason: 'A reason long enough',
      budget: {},
    },
  ],
  ...over,
});
const idOf = (version: string): string => bundleIdOf('demo', version);
const versions = ({ body }: Answer): readonly string[] =>
  (body['items'] as { version: string }[]).map(({ version }) => version).sort();

beforeAll(async () => {
  north = await registry.parts.issuer.person(all, { sub: 'nora', teams: ['north'] });
  both = await registry.parts.issuer.person(all, { sub: 'bo', teams: ['north', 'south'] });
  for (const [id, agent] of [
    ['north', 'optimizer-n'],
    ['south', 'optimizer-s'],
  ] as const)
    expect((await call('PUT', `${teams}/${id}`, { body: { name: id, agents: [agent] } })).status).toBe(200);
});

describe('defining a team', () => {
  it('answers with it, its revision and its location, and can be read and listed from there on', async () => {
    const made = await call('PUT', `${teams}/west`, { body: { name: 'West', accounts: ['w-2', 'w-1'] } });
    expect([made.status, made.headers.get('etag'), made.body]).toEqual([
      200,
      '"0"',
      {
        team_id: 'west',
        name: 'West',
        agents: [],
        accounts: ['w-1', 'w-2'],
        revision: '0',
        position: expect.stringMatching(/^\d+/),
      },
    ]);
    expect((await call('GET', `${teams}/west`)).body).toEqual(made.body);
    expect((await call('GET', teams, { headers: after(made) })).body).toMatchObject({
      items: [{ team_id: 'north' }, { team_id: 'south' }, { team_id: 'west', accounts: ['w-1', 'w-2'] }],
      next: null,
    });
  });

  it('is pinned to a revision if one is named, and a repeat writes nothing', async () => {
    expect(
      (
        await call('PUT', `${teams}/west`, {
          body: { name: 'West', accounts: ['w-1', 'w-2'] },
          headers: { 'if-match': '"0"' },
        })
      ).headers.get('etag'),
    ).toBe('"0"');
    expect((await call('PUT', `${teams}/west`, { body: { name: 'Far west' } })).headers.get('etag')).toBe(
      '"1"',
    );
    expect(
      codeOf(await call('PUT', `${teams}/west`, { body: { name: 'West' }, headers: { 'if-match': '"0"' } })),
    ).toBe('412 stale-revision');
  });

  it('names every violation, including members of another team', async () => {
    const refused = await call('PUT', `${teams}/east`, {
      body: { name: '', agents: ['optimizer-n', 7], colour: 'red' },
    });
    expect([
      codeOf(refused),
      (refused.body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer),
    ]).toEqual(['422 validation-failed', ['/name', '/agents/1', '/colour']]);
    const taken = await call('PUT', `${teams}/east`, { body: { name: 'East', agents: ['optimizer-n'] } });
    expect(taken.body['violations']).toMatchObject([{ pointer: '/agents', code: 'taken' }]);
    expect(codeOf(await call('PUT', `${teams}/all`, { body: { name: 'All' } }))).toBe(
      '422 validation-failed',
    );
    expect(codeOf(await call('GET', `${teams}/east`))).toBe('404 not-found');
  });

  it('requires the right to activate, and a token without teams', async () => {
    expect(codeOf(await call('PUT', `${teams}/north`, { body: { name: 'Mine' }, as: north }))).toBe(
      '403 missing-scope',
    );
    expect(
      codeOf(
        await call('PUT', `${teams}/north`, {
          body: { name: 'Mine' },
          as: await registry.parts.issuer.person(['POLICY_WRITE', 'POLICY_READ']),
        }),
      ),
    ).toBe('403 missing-scope');
    expect((await call('GET', teams, { as: north })).body['items']).toMatchObject([{ team_id: 'north' }]);
    expect(codeOf(await call('GET', `${teams}/south`, { as: north }))).toBe('404 not-found');
  });
});

describe("a team's bundles", () => {
  it("belong to the token's only team, to the named one if there are several, or to the tenant if it has none", async () => {
    expect((await call('POST', base, { body: bundle('1.0.0'), as: north })).body).toMatchObject({
      team: 'north',
      status: 'draft',
    });
    const unnamed = await call('POST', base, { body: bundle('1.0.1'), as: both });
    expect([codeOf(unnamed), unnamed.body['violations']]).toEqual([
      '422 bundle-invalid',
      [expect.objectContaining({ pointer: '/team' })],
    ]);
    expect(
      (await call('POST', base, { body: bundle('1.0.1', { team: 'south' }), as: both })).body['team'],
    ).toBe('south');
    expect((await call('POST', base, { body: bundle('1.0.2') })).body['team']).toBeNull();
    expect((await call('POST', base, { body: bundle('1.0.3', { team: 'north' }) })).body['team']).toBe(
      'north',
    );
  });

  it('cannot be made by others, for an unknown team, or for the tenant', async () => {
    for (const team of ['south', null, 'nobody'])
      expect(codeOf(await call('POST', base, { body: bundle('1.1.0', { team }), as: north }))).toBe(
        '422 bundle-invalid',
      );
    expect(
      (await call('POST', base, { body: bundle('1.1.0', { team: 'nobody' }) })).body['violations'],
    ).toMatchObject([{ pointer: '/team', code: 'unknown-team' }]);
    expect(codeOf(await call('POST', base, { body: bundle('1.1.0', { team: 'All!' }) }))).toBe(
      '422 bundle-invalid',
    );
    expect(codeOf(await call('POST', base, { body: bundle('1.0.2'), as: north }))).toBe('409 already-exists');
  });

  it('are the only ones that its people see', async () => {
    const last = await call('POST', base, { body: bundle('1.2.0') });
    const headers = after(last);
    expect(versions(await call('GET', base, { as: north, headers }))).toEqual(['1.0.0', '1.0.3']);
    expect(versions(await call('GET', base, { as: both, headers }))).toEqual(['1.0.0', '1.0.1', '1.0.3']);
    expect(versions(await call('GET', base, { headers }))).toEqual([
      '1.0.0',
      '1.0.1',
      '1.0.2',
      '1.0.3',
      '1.2.0',
    ]);
    expect(versions(await call('GET', `${base}?team=south`, { headers }))).toEqual(['1.0.1']);
    expect(versions(await call('GET', `${base}?team=south`, { as: north, headers }))).toEqual([]);
  });

  it("of others, and the tenant's, are hidden on every route", async () => {
    for (const version of ['1.0.1', '1.0.2']) {
      const path = `${base}/${idOf(version)}`;
      const answers = await Promise.all([
        call('GET', path, { as: north }),
        call('GET', `${base}/version/${version}`, { as: north }),
        call('PUT', path, { as: north, body: bundle(version), headers: { 'if-match': '"0"' } }),
        call('DELETE', path, { as: north }),
        call('GET', `${path}/history`, { as: north }),
        call('GET', `${path}/lint`, { as: north }),
        call('POST', `${path}/clone`, { as: north, body: {} }),
        call('GET', `${path}/diff/${idOf('1.0.0')}`, { as: north }),
        call('GET', `${base}/${idOf('1.0.0')}/diff/${idOf(version)}`, { as: north }),
        call('POST', `${path}/approvals`, { as: north, body: {} }),
        call('POST', `${path}/activate`, { as: north, body: {} }),
        ...[{ bundle_id: idOf(version) }, { version }].map((named) =>
          call('POST', '/api/v1/policy/simulate', {
            as: north,
            body: { ...named, dataset: { kind: 'fixtures' } },
          }),
        ),
        call('POST', '/api/v1/policy/simulate/compare', {
          as: north,
          body: { a: { version: '1.0.0' }, b: { version }, dataset: { kind: 'fixtures' } },
        }),
        ...['promote', 'rollback', 'check-gates', 'flip-list'].map((what) =>
          call('POST', `${path}/${what}`, { as: north, body: { reason: 'x' } }),
        ),
        call('GET', `${path}/canary-status`, { as: north }),
        call('POST', '/api/v1/policy/analyse', {
          as: north,
          body: { bundle_id: idOf(version), questions: [{ kind: 'gaps' }] },
        }),
        call('POST', '/api/v1/policy/analyse', {
          as: north,
          body: { version, questions: [{ kind: 'gaps' }] },
        }),
      ]);
      expect(answers.map(codeOf)).toEqual(answers.map(() => '404 not-found'));
    }
    expect((await call('GET', `${base}/${idOf('1.0.2')}`)).body).toMatchObject({
      revision: '0',
      approvals: [],
    });
  });

  it('of its own can be changed, compared, cloned and deleted', async () => {
    const path = `${base}/${idOf('1.0.0')}`;
    expect(
      (
        await call('PUT', path, {
          as: north,
          body: bundle('1.0.0', { notes: 'x' }),
          headers: { 'if-match': '"0"' },
        })
      ).body,
    ).toMatchObject({ team: 'north', notes: 'x' });
    expect(
      codeOf(
        await call('PUT', path, {
          as: both,
          body: bundle('1.0.0', { team: 'south' }),
          headers: { 'if-match': '"1"' },
        }),
      ),
    ).toBe('422 bundle-invalid');
    expect((await call('GET', `${path}/diff/${idOf('1.0.3')}`, { as: north })).body).toMatchObject({
      from: { team: 'north' },
      unchanged: ['r'],
    });
    expect((await call('POST', `${path}/clone`, { as: north, body: {} })).body).toMatchObject({
      team: 'north',
      version: '1.0.4',
      cloned_from: { version: '1.0.0' },
    });
    expect(
      (await call('POST', `${base}/${idOf('1.0.2')}/clone`, { body: { team: 'south' } })).body,
    ).toMatchObject({ team: 'south', version: '1.0.5' });
    expect((await call('DELETE', `${base}/${idOf('1.0.4')}`, { as: north })).body).toMatchObject({
      deleted: true,
    });
  });

  it('are queried by team when active; a token of several teams names one', async () => {
    expect((await call('GET', `${base}/active`, { as: north })).body).toEqual({ active: null, canary: null });
    expect(codeOf(await call('GET', `${base}/active`, { as: both }))).toBe('422 validation-failed');
    expect((await call('GET', `${base}/active?team=south`, { as: both })).status).toBe(200);
    expect(codeOf(await call('GET', `${base}/active?team=south`, { as: north }))).toBe('404 not-found');
  });
});

describe('the settings of a whole tenant', () => {
  it('cannot be changed by a token that is bound to teams', async () => {
    expect(codeOf(await call('PUT', '/api/v1/policy/lint/settings', { body: {}, as: north }))).toBe(
      '403 missing-scope',
    );
    expect(
      codeOf(
        await call('POST', '/api/v1/policies/demo', {
          body: { name: 'p', action_types: ['*'], decision: 'ALLOW' },
          as: north,
        }),
      ),
    ).toBe('403 missing-scope');
    for (const [method, path, body] of [
      ['PUT', 'rollout/settings', {}],
      ['POST', 'bypass', { reason: 'because of it', minutes: 5 }],
      ['DELETE', 'bypass', undefined],
    ] as const)
      expect(codeOf(await call(method, `/api/v1/policy/${path}`, { body, as: north }))).toBe(
        '403 missing-scope',
      );
    const made = await call('POST', '/api/v1/policies/demo', {
      body: { name: 'p', action_types: ['*'], decision: 'ALLOW' },
    });
    const path = `/api/v1/policies/demo/${String(made.body['policy_id'])}`;
    expect(codeOf(await call('PATCH', path, { body: { decision: 'DENY' }, as: north }))).toBe(
      '403 missing-scope',
    );
    expect((await call('GET', path, { as: north, headers: after(made) })).status).toBe(200);
  });
});
