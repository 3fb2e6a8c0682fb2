import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  bundleIdOf,
  bundleStream,
  mostRefusals,
  normalBundle,
  refusalsStream,
  signingStream,
  verifyEnvelope,
  type BundleEnvelope,
} from '@interlock/policy';
import { ed, exported, lost, mac, old, useExchange } from './exchange-world.js';
import { after, bundlesPath, codeOf, failoverRule, type Answer } from './world.js';

const { registry, call, events, importing, exists, expectNoSecret } = useExchange();
const demanding = async (demand: readonly string[]): Promise<void> => {
  expect((await call('PUT', '/api/v1/policy/signing', { body: { demand } })).status).toBe(200);
};

describe('importing a bundle', () => {
  it('keeps the signature, so that the content can be verified again from the log alone', async () => {
    const made = await importing(exported());
    const [{ data }] = (await events(bundleStream('demo', String(made.body['id'])))) as unknown as [
      {
        readonly data: {
          readonly source_signature: object;
          readonly version: string;
          readonly rules: object;
          readonly notes: string;
          readonly metadata: object;
        };
      },
    ];
    const { source_signature, version, rules, notes, metadata } = data;
    expect(
      verifyEnvelope({ ...source_signature, bundle: { version, rules, notes, metadata } } as BundleEnvelope, {
        keys: [mac, ed],
        demand: ['HMAC-SHA256', 'Ed25519'],
        tenant: 'demo',
        now: new Date().toISOString(),
        longestH: 720,
      }),
    ).toEqual(['mac-1', 'ed-1']);
    const read = await call('GET', `${bundlesPath}/${String(made.body['id'])}`, { headers: after(made) });
    expect(read.body).toEqual(made.body);
  });

  it('accepts a file once, even if its draft was deleted; a repeat of the same call gets the same answer', async () => {
    const file = exported();
    const headers = { 'idempotency-key': `import-${file.export_id}` };
    const first = await importing(file, { headers });
    expect(await importing(file, { headers })).toMatchObject({ status: 201, body: first.body });
    expect(codeOf(await importing(file))).toBe('409 bundle-replayed');
    await call('DELETE', `${bundlesPath}/${String(first.body['id'])}`);
    expect(codeOf(await importing(file))).toBe('409 bundle-replayed');
    expect((await importing(exported({ version: file.bundle.version }))).status).toBe(201);
  });

  it('makes one draft if twenty requests send the file at the same moment', async () => {
    const file = exported();
    const answers = await Promise.all(Array.from({ length: 20 }, () => importing(file)));
    expect(answers.map(codeOf).filter((code) => code !== '409 bundle-replayed')).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('checks the signature, then the expiry, then an earlier import, then the bundle', async () => {
    const bad = { ...exported().bundle, rules: [{ ...failoverRule(), effect: 'maybe' }] };
    expect(
      codeOf(
        await importing({ ...exported({ ago: 30, bundle: bad }), expires_at: new Date().toISOString() }),
      ),
    ).toBe('422 bundle-signature-invalid');
    expect(codeOf(await importing(exported({ ago: 30, bundle: bad })))).toBe('422 bundle-expired');
    expect(codeOf(await importing(exported({ bundle: bad })))).toBe('422 bundle-invalid');
    const file = exported();
    await importing(file);
    expect(
      codeOf(
        await importing(
          exported({ version: file.bundle.version, rules: [failoverRule({ action: 'warp_drive' })] }),
        ),
      ),
    ).toBe('422 bundle-invalid');
  });

  it('names every fault of the bundle with its place in the file', async () => {
    const refused = await importing(
      exported({
        rules: [
          failoverRule({ id: 'a', conditions: [{ field: 'riskscore', op: '<=', value: 1 }] }),
          failoverRule({ id: 'a' }),
        ],
      }),
    );
    expect((refused.body['violations'] as { pointer: string }[]).map(({ pointer }) => pointer)).toEqual([
      '/bundle/rules/1/id',
      '/bundle/rules/0/conditions/0/field',
    ]);
    const { bundle } = exported();
    const short = {
      version: bundle.version,
      rules: bundle.rules.map(({ enabled: _, ...rest }) => rest),
      notes: '',
      metadata: {},
    };
    expect((await importing(exported({ bundle: short }))).body['violations']).toMatchObject([
      { pointer: '/bundle', code: 'form' },
    ]);
  });

  it('refuses a bundle with lint errors, and says where they are', async () => {
    const refused = await importing(
      exported({
        rules: [
          failoverRule({ id: 'yes', conditions: [] }),
          failoverRule({ id: 'no', effect: 'deny', conditions: [] }),
        ],
      }),
    );
    expect(codeOf(refused)).toBe('422 bundle-lint-failed');
    expect(refused.body['violations']).toMatchObject([{ pointer: '/bundle/rules/1', code: 'conflicts' }]);
  });

  it.each<readonly [string, () => unknown, string]>([
    ['no JSON', () => '{"format":', '400 malformed-json'],
    ['nothing', () => undefined, '422 validation-failed'],
    ['a bundle that nobody signed', () => ({ version: '9.9.9', rules: [] }), '422 validation-failed'],
    ['a file without signatures', () => ({ ...exported(), signatures: [] }), '422 validation-failed'],
    ['a file of a revoked key', () => exported({ by: [lost] }), '422 bundle-key-unknown'],
    [
      'a file that says it is good for ever',
      () => exported({ ago: 721, hours: 24 * 365 }),
      '422 bundle-expired',
    ],
    [
      'a file that is too large',
      () => ({ ...exported(), more: 'x'.repeat(300_000) }),
      '413 payload-too-large',
    ],
    [
      'a file that nests too deep',
      () => ({ ...exported(), more: JSON.parse(`${'['.repeat(100)}${']'.repeat(100)}`) as object }),
      '422 validation-failed',
    ],
  ])('%s is refused', async (_, body, code) => {
    expect(codeOf(await importing(body()))).toBe(code);
  });

  it('refuses a file with any part replaced by any JSON, without crashing and without making a draft', async () => {
    const file = exported({ version: '8.8.8' });
    const paths = [
      [],
      ['bundle'],
      ['bundle', 'rules'],
      ['bundle', 'rules', '0'],
      ['provenance'],
      ['provenance', 'bundle_hash'],
      ['signed_by'],
      ['signatures'],
      ['signatures', '0', 'value'],
      ['expires_at'],
      ['export_id'],
      ['format'],
    ] as const;
    const seen = new Set<number>();
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...paths), fc.jsonValue({ maxDepth: 4 }), async (path, value) => {
        let changed: unknown = structuredClone(file);
        if (path.length === 0) changed = value;
        else
          path
            .slice(0, -1)
            .reduce<Record<string, unknown>>(
              (node, name) => node[name] as Record<string, unknown>,
              changed as Record<string, unknown>,
            )[path.at(-1)!] = value;
        const { status, body } = await importing(JSON.stringify(changed));
        seen.add(status);
        return status >= 400 && status < 500 && typeof body['code'] === 'string';
      }),
      { numRuns: 150 },
    );
    expect(seen).toContain(422);
    expect(await exists('8.8.8')).toBe(false);
  });

  it('refuses a signed file whose bundle is any JSON at all', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.dictionary(
          fc.constantFrom('version', 'rules', 'notes', 'metadata', 'x'),
          fc.jsonValue({ maxDepth: 3 }),
        ),
        async (bundle) => {
          const { status } = await importing(
            exported({ version: '8.8.9', bundle: JSON.parse(JSON.stringify(bundle)) as object }),
          );
          return status >= 400 && status < 500;
        },
      ),
      { numRuns: 60 },
    );
  });

  it('accepts a file of a retired key that was exported while it was in use', async () => {
    expect((await importing(exported({ by: [old] }))).status).toBe(201);
  });
});

describe('the signatures that a tenant demands', () => {
  it('are required of every file, and a file without one of them is refused', async () => {
    await demanding(['Ed25519']);
    const both = exported();
    expect(codeOf(await importing(exported({ by: [mac] })))).toBe('422 bundle-signature-missing');
    expect(
      codeOf(
        await importing({
          ...both,
          signatures: both.signatures.slice(0, 1),
          signed_by: both.signed_by.slice(0, 1),
        }),
      ),
    ).toBe('422 bundle-signature-invalid');
    expect((await importing(both)).status).toBe(201);
    await demanding(['HMAC-SHA256', 'Ed25519']);
    expect(codeOf(await importing(exported({ by: [ed] })))).toBe('422 bundle-signature-missing');
    await demanding([]);
    expect((await importing(exported({ by: [ed] }))).status).toBe(201);
    expect((await events(signingStream('demo'))).map(({ data }) => data)).toEqual([
      { demand: ['Ed25519'] },
      { demand: ['HMAC-SHA256', 'Ed25519'] },
      { demand: [] },
    ]);
  });

  it('can be read together with the keys that sign, and are changed only at the revision that was read', async () => {
    const read = await call('GET', '/api/v1/policy/signing');
    expect(read.body).toMatchObject({
      demand: [],
      signs: [
        { alg: 'HMAC-SHA256', key_id: 'mac-1' },
        { alg: 'Ed25519', key_id: 'ed-1' },
      ],
      expiry_h: 24,
      longest_h: 720,
    });
    expect(
      codeOf(
        await call('PUT', '/api/v1/policy/signing', {
          body: { demand: ['Ed25519'] },
          headers: { 'if-match': '"0"' },
        }),
      ),
    ).toBe('412 stale-revision');
  });

  it.each([[{ demand: ['none'] }], [{ demand: ['Ed25519', 'Ed25519'] }], [{ demand: 'Ed25519' }], [{}]])(
    '%j is refused',
    async (body) => {
      expect(codeOf(await call('PUT', '/api/v1/policy/signing', { body }))).toBe('422 validation-failed');
    },
  );
});

describe('teams', () => {
  const north = () =>
    registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'], { teams: ['north'] });
  const imported = async (as: Record<string, string>, query = ''): Promise<Answer> =>
    call('POST', `${bundlesPath}/import${query}`, { body: exported(), as });

  it("people of a team import for their team, and cannot export other teams' bundles", async () => {
    expect(codeOf(await imported(await north()))).toBe('422 bundle-invalid');
    expect(
      (
        await call('PUT', '/api/v1/policy/teams/north', {
          body: { name: 'North', agents: ['ran-optimizer'], accounts: [] },
        })
      ).status,
    ).toBe(200);
    expect(await imported(await north())).toMatchObject({
      status: 201,
      body: { team: 'north', source: 'imported' },
    });
    expect(codeOf(await imported(await north(), '?team=south'))).toBe('422 bundle-invalid');
    const whole = await call('POST', `${bundlesPath}/import?team=north`, { body: exported() });
    expect(whole.body).toMatchObject({ team: 'north' });
    const {
      body: { id },
    } = await call('POST', `${bundlesPath}/import`, { body: exported() });
    expect(codeOf(await call('GET', `${bundlesPath}/${String(id)}/export`, { as: await north() }))).toBe(
      '404 not-found',
    );
    expect(
      (await call('GET', `${bundlesPath}/${String(whole.body['id'])}/export`, { as: await north() })).status,
    ).toBe(200);
  });

  it('only people of the whole tenant set the demands on imports', async () => {
    expect(
      codeOf(await call('PUT', '/api/v1/policy/signing', { body: { demand: [] }, as: await north() })),
    ).toBe('403 missing-scope');
  });
});

describe('the record of refused imports', () => {
  it("names the signer and the reason, once for each file and reason, and never contains the file's text", async () => {
    const as = await registry.parts.issuer.person(['POLICY_WRITE'], { tenant: 'guarded' });
    const file = exported({
      ago: 48,
      bundle: { ...normalBundle({ version: '3.2.1', rules: [] }), notes: 'from the file' },
    });
    for (let i = 0; i < 3; i += 1) await importing(file, { as });
    await importing({ ...file, bundle: { ...file.bundle, version: 'anna@example.com' } }, { as });
    const stream = refusalsStream('guarded', new Date().toISOString().slice(0, 10));
    expect((await events(stream)).map(({ data }) => data)).toMatchObject([
      {
        code: 'bundle-expired',
        export_id: file.export_id,
        version: '3.2.1',
        bundle_id: bundleIdOf('guarded', '3.2.1'),
        key_ids: ['mac-1', 'ed-1'],
      },
      {
        code: 'bundle-signature-invalid',
        export_id: file.export_id,
        version: null,
        bundle_id: null,
        key_ids: ['mac-1', 'ed-1'],
      },
    ]);
    expect(JSON.stringify((await events(stream)).map(({ data }) => data))).not.toMatch(/from the file|anna/);
  });

  it('accepts a limited number of entries a day', async () => {
    const as = await registry.parts.issuer.person(['POLICY_WRITE'], { tenant: 'flooded' });
    const file = exported();
    for (let i = 0; i < mostRefusals + 5; i += 1)
      await importing({ ...file, bundle: { ...file.bundle, notes: `${i}` } }, { as });
    expect(await events(refusalsStream('flooded', new Date().toISOString().slice(0, 10)))).toHaveLength(
      mostRefusals,
    );
  });
});

it('an import leaves no secret of a key in a log line or an event', async () => {
  await expectNoSecret();
});
