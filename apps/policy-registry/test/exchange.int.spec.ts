import { createHmac, createPublicKey, generateKeyPairSync, randomUUID, verify } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { canonicalJson, collect } from '@interlock/kernel';
import {
  bundleHash,
  bundleIdOf,
  bundleStream,
  exportsStream,
  mostRefusals,
  normalBundle,
  parseBundleKeys,
  refusalsStream,
  signEnvelope,
  signingStream,
  verifyEnvelope,
  type BundleEnvelope,
  type BundleKey,
} from '@interlock/policy';
import { testContext } from '@interlock/testing';
import { start } from '../src/main.js';
import { after, codeOf, startRegistry, type Answer, type Call } from './running.js';

const secret = 'the secret of this very test, long enough';
const pair = generateKeyPairSync('ed25519');
const keyFile = {
  keys: [
    { id: 'mac-1', alg: 'HMAC-SHA256', secret },
    {
      id: 'ed-1',
      alg: 'Ed25519',
      private_key: pair.privateKey.export({ format: 'pem', type: 'pkcs8' }) as string,
    },
    { id: 'old', alg: 'HMAC-SHA256', secret: `${secret} before`, state: 'retired' },
    { id: 'lost', alg: 'HMAC-SHA256', secret: `${secret} lost`, state: 'revoked' },
  ],
};
const [mac, ed, old, lost] = parseBundleKeys(JSON.stringify(keyFile)) as [
  BundleKey,
  BundleKey,
  BundleKey,
  BundleKey,
];
const { cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/signing.json', import.meta.url), 'utf8'),
) as {
  readonly cases: readonly {
    readonly id: string;
    readonly input: Record<string, never>;
    readonly expect: Record<string, unknown>;
  }[];
};

const base = '/api/v1/policy/bundles';
const hourMs = 3_600_000;
const rule = (over: object = {}) => ({
  id: 'cf-night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow' as const,
  priority: 100,
  conditions: [{ field: 'risk_score', op: '<=' as const, value: 40 }],
  reason: 'Low-risk failover is routine',
  ...over,
});
let folder: string;
let registry: Awaited<ReturnType<typeof startRegistry>>;
let call: Call;
let versions = 0;
const nextVersion = (): string => `7.0.${(versions += 1)}`;

/** A file as another installation with the same keys exports it, so many hours ago. */
const exported = ({
  version = nextVersion(),
  rules = [rule()] as readonly object[],
  ago = 0,
  hours = 24,
  by = [mac, ed],
  bundle = normalBundle({ version, rules: rules as never }) as object,
} = {}): BundleEnvelope => {
  const at = Date.now() - ago * hourMs;
  const provenance = {
    tenant: 'elsewhere',
    bundle_id: bundleIdOf('elsewhere', version),
    bundle_hash: bundleHash(bundle as never),
    exported_at: new Date(at).toISOString(),
    exported_by: 'service:cli',
  };
  return signEnvelope(
    {
      format: 'interlock-bundle/1',
      export_id: randomUUID(),
      bundle: bundle as never,
      provenance,
      expires_at: new Date(at + hours * hourMs).toISOString(),
    },
    by,
  );
};
const importing = (body: unknown, more: object = {}): Promise<Answer> =>
  call('POST', `${base}/import`, { body, ...more });
const exists = async (version: string): Promise<boolean> =>
  (await call('GET', `${base}/${bundleIdOf('demo', version)}/history`)).status === 200;
const events = (stream: string) => collect(registry.parts.log.store.read(stream));
const draft = async (version = nextVersion(), over: object = {}): Promise<Answer> => {
  const made = await call('POST', base, {
    body: {
      version,
      rules: [rule()],
      notes: 'Notes with ü and \u2028',
      metadata: { ticket: 'CHG-7' },
      ...over,
    },
  });
  expect(made.status).toBe(201);
  return made;
};
const demanding = async (demand: readonly string[]): Promise<void> => {
  expect((await call('PUT', '/api/v1/policy/signing', { body: { demand } })).status).toBe(200);
};

beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-bundle-keys-'));
  writeFileSync(join(folder, 'keys.json'), JSON.stringify(keyFile));
  registry = await startRegistry({ BUNDLE_KEYS_FILE: join(folder, 'keys.json') });
  ({ call } = registry);
});
afterAll(async () => {
  await registry.stop();
  rmSync(folder, { recursive: true, force: true });
});

describe('seed 003, signing', () => {
  const changed = (text: string): string => `${text.slice(0, -1)}${text.endsWith('1') ? '2' : '1'}`;
  const checks: {
    readonly [id: string]: (input: Record<string, never>, wanted: Record<string, unknown>) => Promise<void>;
  } = {
    'sign.round_trip': async ({ import_at_h: ago }, wanted) => {
      const file = exported({ ago });
      const made = await importing(file);
      expect(made).toMatchObject({
        status: 201,
        body: {
          status: 'draft',
          active: wanted['active'],
          source: wanted['source'],
          source_signature: { signatures: file.signatures },
        },
      });
      const history = (await call('GET', `${base}/${String(made.body['id'])}/history`)).body['items'];
      expect(history).toMatchObject([
        {
          type: 'BundleCreated',
          data: { source: 'imported', source_signature: { export_id: file.export_id } },
        },
      ]);
    },
    'sign.expiry.default.23.99': async ({ import_after_h: ago }, { accepted }) => {
      expect((await importing(exported({ ago }))).status === 201).toBe(accepted);
    },
    'sign.expiry.default.48': async ({ import_after_h: ago }, { accepted }) => {
      const refused = await importing(exported({ ago }));
      expect([refused.status === 201, codeOf(refused)]).toEqual([accepted, '422 bundle-expired']);
    },
    'sign.expiry.configured.ok': async ({ expiry_h: hours, import_after_h: ago }, { accepted }) => {
      expect((await importing(exported({ ago, hours }))).status === 201).toBe(accepted);
    },
    'sign.tampered.version': async (_, { created }) => {
      const file = exported({ version: '8.0.1' });
      const version = changed(file.bundle.version);
      const refused = await importing({ ...file, bundle: { ...file.bundle, version } });
      expect([codeOf(refused), (await exists(version)) || (await exists(file.bundle.version))]).toEqual([
        '422 bundle-signature-invalid',
        created,
      ]);
    },
    'sign.tampered.signature': async (_, { created }) => {
      const file = exported();
      const refused = await importing({
        ...file,
        signatures: [
          { ...file.signatures[0], value: changed(file.signatures[0]!.value) },
          file.signatures[1],
        ],
      });
      expect([codeOf(refused), await exists(file.bundle.version)]).toEqual([
        '422 bundle-signature-invalid',
        created,
      ]);
    },
    'sign.duplicate_version': async ({ existing, import: version }, { status }) => {
      await draft(existing);
      expect(codeOf(await importing(exported({ version })))).toBe(`${String(status)} already-exists`);
    },
    'sign.expired_and_tampered': async (_, { accepted }) => {
      const file = exported({ ago: 48 });
      const refused = await importing({ ...file, bundle: { ...file.bundle, notes: 'other' } });
      expect([refused.status === 201, codeOf(refused)]).toEqual([accepted, '422 bundle-signature-invalid']);
    },
    'sign.download': async () => {
      const made = await draft();
      const response = await fetch(
        `http://127.0.0.1:${registry.running.http.port}${base}/${String(made.body['id'])}/export/download`,
        { headers: await registry.parts.issuer.person(['POLICY_READ']) },
      );
      expect([
        response.status,
        response.headers.get('content-type'),
        response.headers.get('content-disposition'),
      ]).toEqual([
        200,
        'application/json; charset=utf-8',
        `attachment; filename="bundle-${String(made.body['version'])}.json"`,
      ]);
      const text = await response.text();
      const as = await registry.parts.issuer.person(['POLICY_WRITE'], { tenant: 'other' });
      expect(await importing(text, { as })).toMatchObject({
        status: 201,
        body: { source: 'imported', bundle_hash: made.body['bundle_hash'] },
      });
    },
  };

  it('has a check of every case', () => {
    expect(Object.keys(checks).sort()).toEqual(cases.map(({ id }) => id).sort());
  });
  it.each(cases)('$id', async ({ id, input, expect: wanted }) => {
    await checks[id]!(input, wanted);
  });
});

describe('exporting a bundle', () => {
  it("is signed by one key of each algorithm, as Node's own cryptography has it", async () => {
    const made = await draft();
    const { status, headers, body } = await call('GET', `${base}/${String(made.body['id'])}/export`);
    const { signatures, ...content } = body as unknown as BundleEnvelope;
    expect([status, headers.get('cache-control')]).toEqual([200, 'no-store']);
    expect(content).toMatchObject({
      format: 'interlock-bundle/1',
      bundle: {
        version: made.body['version'],
        notes: expect.stringMatching(/^enc:1:/),
        metadata: { ticket: 'CHG-7' },
      },
      provenance: { tenant: 'demo', bundle_id: made.body['id'], bundle_hash: made.body['bundle_hash'] },
    });
    expect(signatures[0]).toEqual({
      alg: 'HMAC-SHA256',
      key_id: 'mac-1',
      value: createHmac('sha256', secret).update(canonicalJson(content)).digest('hex'),
    });
    const shown = (await call('GET', '/api/v1/policy/signing/keys')).body['keys'] as {
      readonly id: string;
      readonly public_key: string;
    }[];
    expect(
      verify(
        null,
        Buffer.from(canonicalJson(content)),
        createPublicKey(shown.find(({ id }) => id === 'ed-1')!.public_key),
        Buffer.from(signatures[1]!.value, 'hex'),
      ),
    ).toBe(true);
    expect(Date.parse(content.expires_at) - Date.parse(content.provenance.exported_at)).toBe(24 * hourMs);
    expect(JSON.stringify(body)).not.toContain('anna');
  });

  it("is recorded, and stands in the bundle's history, whose revision it leaves alone", async () => {
    const made = await draft();
    const id = String(made.body['id']);
    const { body } = await call('GET', `${base}/${id}/export?expires_in_h=72`);
    expect(
      Date.parse(String(body['expires_at'])) -
        Date.parse((body['provenance'] as { exported_at: string }).exported_at),
    ).toBe(72 * hourMs);
    const history = (await call('GET', `${base}/${id}/history`)).body['items'];
    expect(history).toMatchObject([
      { type: 'BundleCreated' },
      {
        type: 'BundleExported',
        actor: { kind: 'person' },
        data: { export_id: body['export_id'], key_ids: ['mac-1', 'ed-1'], expires_at: body['expires_at'] },
      },
    ]);
    expect(
      await call('PUT', `${base}/${id}`, {
        body: { version: made.body['version'], rules: [] },
        headers: { 'if-match': '"0"' },
      }),
    ).toMatchObject({ status: 200 });
    expect((await events(exportsStream('demo', id))).map(({ type }) => type)).toEqual(['BundleExported']);
  });

  it('is another one each time, also under one idempotency key', async () => {
    const id = String((await draft()).body['id']);
    const headers = { 'idempotency-key': 'export-it' };
    const [one, two] = [
      await call('GET', `${base}/${id}/export`, { headers }),
      await call('GET', `${base}/${id}/export`, { headers }),
    ];
    expect([one.status, two.status, one.body['export_id'] === two.body['export_id']]).toEqual([
      200,
      200,
      false,
    ]);
  });

  it.each([
    'expires_in_h=0',
    'expires_in_h=-1',
    'expires_in_h=721',
    'expires_in_h=1.5',
    'expires_in_h=',
    'hours=3',
  ])('?%s is refused', async (query) => {
    const { body } = await draft();
    expect(codeOf(await call('GET', `${base}/${String(body['id'])}/export?${query}`))).toBe(
      '422 validation-failed',
    );
  });

  it("of what is not there, or another tenant's, or was deleted, is not found", async () => {
    const id = String((await draft()).body['id']);
    expect(
      codeOf(
        await call('GET', `${base}/${id}/export`, {
          as: await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'other' }),
        }),
      ),
    ).toBe('404 not-found');
    await call('DELETE', `${base}/${id}`);
    for (const path of [id, randomUUID(), 'x'])
      expect(codeOf(await call('GET', `${base}/${path}/export`))).toBe('404 not-found');
  });

  it('of a bundle whose file could not be imported again is refused', async () => {
    const rules = Array.from({ length: 2500 }, (_, i) => ({
      id: `r${i}`,
      agent: '*',
      action: '*',
      effect: 'deny',
      priority: i,
    }));
    const made = await call('POST', base, { body: { version: nextVersion(), rules } });
    expect(made.status).toBe(201);
    expect(codeOf(await call('GET', `${base}/${String(made.body['id'])}/export`))).toBe(
      '422 bundle-too-large',
    );
    const deep = await draft(undefined, {
      metadata: { a: JSON.parse(`${'['.repeat(62)}${']'.repeat(62)}`) as object },
    });
    expect(codeOf(await call('GET', `${base}/${String(deep.body['id'])}/export`))).toBe(
      '422 bundle-too-large',
    );
  });
});

describe('importing a bundle', () => {
  it('keeps the signature: with it the content verifies again, from the log alone', async () => {
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
    const read = await call('GET', `${base}/${String(made.body['id'])}`, { headers: after(made) });
    expect(read.body).toEqual(made.body);
  });

  it('takes a file once, also when its draft was deleted; the repeat of the very call answers as it did', async () => {
    const file = exported();
    const headers = { 'idempotency-key': `import-${file.export_id}` };
    const first = await importing(file, { headers });
    expect(await importing(file, { headers })).toMatchObject({ status: 201, body: first.body });
    expect(codeOf(await importing(file))).toBe('409 bundle-replayed');
    await call('DELETE', `${base}/${String(first.body['id'])}`);
    expect(codeOf(await importing(file))).toBe('409 bundle-replayed');
    expect((await importing(exported({ version: file.bundle.version }))).status).toBe(201);
  });

  it('by twenty at the same moment makes one draft', async () => {
    const file = exported();
    const answers = await Promise.all(Array.from({ length: 20 }, () => importing(file)));
    expect(answers.map(codeOf).filter((code) => code !== '409 bundle-replayed')).toHaveLength(1);
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
  });

  it('looks at the signature, then the expiry, then whether it was imported, then the bundle', async () => {
    const bad = { ...exported().bundle, rules: [{ ...rule(), effect: 'maybe' }] };
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
        await importing(exported({ version: file.bundle.version, rules: [rule({ action: 'warp_drive' })] })),
      ),
    ).toBe('422 bundle-invalid');
  });

  it('names every fault of the bundle where it stands in the file', async () => {
    const refused = await importing(
      exported({
        rules: [
          rule({ id: 'a', conditions: [{ field: 'riskscore', op: '<=', value: 1 }] }),
          rule({ id: 'a' }),
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

  it('refuses what linting finds an error in, and says where', async () => {
    const refused = await importing(
      exported({
        rules: [rule({ id: 'yes', conditions: [] }), rule({ id: 'no', effect: 'deny', conditions: [] })],
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

  it('whatever is sent is refused for what it is: nothing crashes, nothing is made', async () => {
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

  it('a signed file whose bundle is anything at all is refused for it too', async () => {
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

  it('takes a file of a retired key that was exported while it was in use', async () => {
    expect((await importing(exported({ by: [old] }))).status).toBe(201);
  });
});

describe('what a tenant demands', () => {
  it('is asked of every file, and one that was stripped of it is refused', async () => {
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

  it('can be read with what signs, and is changed at the revision that was read', async () => {
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
    call('POST', `${base}/import${query}`, { body: exported(), as });

  it("what a team's people import is their team's, and what is not theirs they can not export", async () => {
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
    const whole = await call('POST', `${base}/import?team=north`, { body: exported() });
    expect(whole.body).toMatchObject({ team: 'north' });
    const {
      body: { id },
    } = await call('POST', `${base}/import`, { body: exported() });
    expect(codeOf(await call('GET', `${base}/${String(id)}/export`, { as: await north() }))).toBe(
      '404 not-found',
    );
    expect(
      (await call('GET', `${base}/${String(whole.body['id'])}/export`, { as: await north() })).status,
    ).toBe(200);
  });

  it("what is demanded of imports is the whole tenant's to say", async () => {
    expect(
      codeOf(await call('PUT', '/api/v1/policy/signing', { body: { demand: [] }, as: await north() })),
    ).toBe('403 missing-scope');
  });
});

describe('who may', () => {
  it.each([
    ['GET', `${base}/x/export`, 'POLICY_READ'],
    ['GET', `${base}/x/export/download`, 'POLICY_READ'],
    ['POST', `${base}/import`, 'POLICY_WRITE'],
    ['GET', '/api/v1/policy/signing', 'POLICY_READ'],
    ['PUT', '/api/v1/policy/signing', 'POLICY_ACTIVATE'],
    ['GET', '/api/v1/policy/signing/keys', 'POLICY_READ'],
  ])('%s %s needs %s', async (method, path, scope) => {
    const others = (['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE', 'POLICY_AUDIT'] as const).filter(
      (one) => one !== scope,
    );
    expect(
      codeOf(
        await call(method, path, {
          as: await registry.parts.issuer.person(others),
          ...(method === 'GET' ? {} : { body: {} }),
        }),
      ),
    ).toBe('403 missing-scope');
  });
});

describe('what is kept of refused imports', () => {
  it('is who signed and why it was refused, each file once for each reason, and never its text', async () => {
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

  it('is bounded a day', async () => {
    const as = await registry.parts.issuer.person(['POLICY_WRITE'], { tenant: 'flooded' });
    const file = exported();
    for (let i = 0; i < mostRefusals + 5; i += 1)
      await importing({ ...file, bundle: { ...file.bundle, notes: `${i}` } }, { as });
    expect(await events(refusalsStream('flooded', new Date().toISOString().slice(0, 10)))).toHaveLength(
      mostRefusals,
    );
  });
});

describe('keys', () => {
  it('are shown without what is secret of them', async () => {
    const { body } = await call('GET', '/api/v1/policy/signing/keys');
    expect(body['keys']).toMatchObject([
      { id: 'mac-1', alg: 'HMAC-SHA256', public_key: null },
      { id: 'ed-1', public_key: pair.publicKey.export({ format: 'pem', type: 'spki' }) },
      { id: 'old', state: 'retired' },
      { id: 'lost', state: 'revoked' },
    ]);
    expect(JSON.stringify(body)).not.toContain(secret);
    expect(JSON.stringify(body)).not.toContain('PRIVATE');
  });

  it('without any, nothing is exported or imported, and nothing can be demanded that nobody could meet', async () => {
    const running = await start(testContext(registry.parts, 'policy-registry', {}));
    try {
      const ask = async (method: string, path: string, body?: unknown) => {
        const response = await fetch(`http://127.0.0.1:${running.http.port}${path}`, {
          method,
          headers: {
            ...(await registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE', 'POLICY_ACTIVATE'])),
            ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          },
          ...(body === undefined ? {} : { body: JSON.stringify(body) }),
        });
        return `${response.status} ${((await response.json()) as { code: string }).code}`;
      };
      const { body } = await draft();
      expect(await ask('GET', `${base}/${String(body['id'])}/export`)).toBe('503 bundle-signing-unavailable');
      expect(await ask('POST', `${base}/import`, exported())).toBe('503 bundle-signing-unavailable');
      expect(await ask('PUT', '/api/v1/policy/signing', { demand: ['Ed25519'] })).toBe(
        '422 validation-failed',
      );
    } finally {
      await running.stop();
    }
  });

  it.each([
    ['a file that is not there', { BUNDLE_KEYS_FILE: '/nowhere/keys.json' }, /BUNDLE_KEYS_FILE/],
    ['a short secret', { HMAC_SECRET: 'tiny-secret' }, /HMAC_SECRET/],
    [
      'an expiry past the longest',
      { BUNDLE_EXPORT_EXPIRY_H: '100', BUNDLE_EXPORT_LONGEST_H: '99' },
      /BUNDLE_EXPORT_EXPIRY_H/,
    ],
  ])('the service does not start with %s, and tells no secret', async (_, environment, said) => {
    const refused = await (async () =>
      start(testContext(registry.parts, 'policy-registry', environment)))().then(
      (running) => running.stop().then(() => 'it started'),
      (error: unknown) => String(error),
    );
    expect(refused).toMatch(said);
    expect(refused).not.toContain('tiny-secret');
  });

  it('of no kind stand in a log line or an event', async () => {
    const seen = JSON.stringify([
      registry.parts.lines,
      (await collect(registry.parts.log.store.readAll())).map(({ data }) => data),
    ]);
    for (const value of [secret, 'PRIVATE KEY']) expect(seen).not.toContain(value);
  });
});
