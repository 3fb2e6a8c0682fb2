import { createHmac, createPublicKey, randomUUID, verify } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { canonicalJson } from '@interlock/kernel';
import { exportsStream, type BundleEnvelope } from '@interlock/policy';
import { testContext } from '@interlock/testing';
import { start } from '../src/main.js';
import { exported, hourMs, nextVersion, pair, secret, useExchange } from './exchange-world.js';
import { bundlesPath, codeOf } from './world.js';

const { registry, call, events, importing, exists, draft, expectNoSecret } = useExchange();
const { cases } = JSON.parse(
  readFileSync(new URL('../../../fixtures/acceptance/signing.json', import.meta.url), 'utf8'),
) as {
  readonly cases: readonly {
    readonly id: string;
    readonly input: Record<string, never>;
    readonly expect: Record<string, unknown>;
  }[];
};

describe('acceptance: signing', () => {
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
      const history = (await call('GET', `${bundlesPath}/${String(made.body['id'])}/history`)).body['items'];
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
        `http://127.0.0.1:${registry.running.http.port}${bundlesPath}/${String(made.body['id'])}/export/download`,
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

  it('has a check of every case', () =>
    expect(Object.keys(checks).sort()).toEqual(cases.map(({ id }) => id).sort()));
  it.each(cases)('$id', async ({ id, input, expect: wanted }) => {
    await checks[id]!(input, wanted);
  });
});

describe('exporting a bundle', () => {
  it("signs with one key of each algorithm, which Node's own cryptography confirms", async () => {
    const made = await draft();
    const { status, headers, body } = await call('GET', `${bundlesPath}/${String(made.body['id'])}/export`);
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

  it("is recorded in the bundle's history without changing its revision", async () => {
    const made = await draft();
    const id = String(made.body['id']);
    const { body } = await call('GET', `${bundlesPath}/${id}/export?expires_in_h=72`);
    expect(
      Date.parse(String(body['expires_at'])) -
        Date.parse((body['provenance'] as { exported_at: string }).exported_at),
    ).toBe(72 * hourMs);
    const history = (await call('GET', `${bundlesPath}/${id}/history`)).body['items'];
    expect(history).toMatchObject([
      { type: 'BundleCreated' },
      {
        type: 'BundleExported',
        actor: { kind: 'person' },
        data: { export_id: body['export_id'], key_ids: ['mac-1', 'ed-1'], expires_at: body['expires_at'] },
      },
    ]);
    expect(
      await call('PUT', `${bundlesPath}/${id}`, {
        body: { version: made.body['version'], rules: [] },
        headers: { 'if-match': '"0"' },
      }),
    ).toMatchObject({ status: 200 });
    expect((await events(exportsStream('demo', id))).map(({ type }) => type)).toEqual(['BundleExported']);
  });

  it('makes another file each time, even with one idempotency key', async () => {
    const id = String((await draft()).body['id']);
    const headers = { 'idempotency-key': 'export-it' };
    const [one, two] = [
      await call('GET', `${bundlesPath}/${id}/export`, { headers }),
      await call('GET', `${bundlesPath}/${id}/export`, { headers }),
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
    expect(codeOf(await call('GET', `${bundlesPath}/${String(body['id'])}/export?${query}`))).toBe(
      '422 validation-failed',
    );
  });

  it("answers 404 for a bundle that does not exist, is another tenant's or was deleted", async () => {
    const id = String((await draft()).body['id']);
    expect(
      codeOf(
        await call('GET', `${bundlesPath}/${id}/export`, {
          as: await registry.parts.issuer.person(['POLICY_READ'], { tenant: 'other' }),
        }),
      ),
    ).toBe('404 not-found');
    await call('DELETE', `${bundlesPath}/${id}`);
    for (const path of [id, randomUUID(), 'x'])
      expect(codeOf(await call('GET', `${bundlesPath}/${path}/export`))).toBe('404 not-found');
  });

  it('is refused if the file could not be imported again', async () => {
    const rules = Array.from({ length: 2500 }, (_, i) => ({
      id: `r${i}`,
      agent: '*',
      action: '*',
      effect: 'deny',
      priority: i,
    }));
    const made = await call('POST', bundlesPath, { body: { version: nextVersion(), rules } });
    expect(made.status).toBe(201);
    expect(codeOf(await call('GET', `${bundlesPath}/${String(made.body['id'])}/export`))).toBe(
      '422 bundle-too-large',
    );
    const deep = await draft(undefined, {
      metadata: { a: JSON.parse(`${'['.repeat(62)}${']'.repeat(62)}`) as object },
    });
    expect(codeOf(await call('GET', `${bundlesPath}/${String(deep.body['id'])}/export`))).toBe(
      '422 bundle-too-large',
    );
  });
});

describe('the scopes', () => {
  it.each([
    ['GET', `${bundlesPath}/x/export`, 'POLICY_READ'],
    ['GET', `${bundlesPath}/x/export/download`, 'POLICY_READ'],
    ['POST', `${bundlesPath}/import`, 'POLICY_WRITE'],
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

describe('keys', () => {
  it('are shown without their secret parts', async () => {
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

  it('are needed to export, to import and to demand a signature', async () => {
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
      expect(await ask('GET', `${bundlesPath}/${String(body['id'])}/export`)).toBe(
        '503 bundle-signing-unavailable',
      );
      expect(await ask('POST', `${bundlesPath}/import`, exported())).toBe('503 bundle-signing-unavailable');
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
  ])('the service does not start with %s, and shows no secret', async (_, environment, said) => {
    const refused = await (async () =>
      start(testContext(registry.parts, 'policy-registry', environment)))().then(
      (running) => running.stop().then(() => 'it started'),
      (error: unknown) => String(error),
    );
    expect(refused).toMatch(said);
    expect(refused).not.toContain('tiny-secret');
  });

  it('never appear in a log line or an event', async () => {
    await expectNoSecret();
  });
});
