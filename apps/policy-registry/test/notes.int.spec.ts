import { describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { bundleHash, bundleIdOf, bundleStream, type BundleEnvelope } from '@interlock/policy';
import { codeOf, useRegistry, type Answer } from './world.js';

const base = '/api/v1/policy/bundles';
const rule = (over: object = {}) => ({
  id: 'cf-night',
  agent: 'ran-optimizer',
  action: 'cell_failover',
  effect: 'allow',
  priority: 100,
  reason: 'Low-risk failover is routine',
  ...over,
});
const registry = useRegistry(() => ({ HMAC_SECRET: 'the secret of this very test, long enough' }));
const { call } = registry;
let versions = 0;
const nextVersion = (): string => `7.0.${(versions += 1)}`;
const importing = (body: unknown, more: object = {}): Promise<Answer> =>
  call('POST', `${base}/import`, { body, ...more });
const events = (stream: string) => collect(registry.parts.log.store.read(stream));

describe("a person's text in a bundle's notes", () => {
  const noted = async (notes: string, as: Record<string, string>) => {
    const version = nextVersion();
    const made = await call('POST', base, { as, body: { version, rules: [rule()], notes } });
    expect(made).toMatchObject({ status: 201, body: { notes } });
    return {
      version,
      path: `${base}/${bundleIdOf('demo', version)}`,
      hash: made.body['bundle_hash'],
      stored: async () =>
        ((await events(bundleStream('demo', bundleIdOf('demo', version)))).at(-1)!.data as { notes: string })
          .notes,
    };
  };
  const writer = (sub: string): Promise<Record<string, string>> =>
    registry.parts.issuer.person(['POLICY_READ', 'POLICY_WRITE'], { sub });

  it('is sealed in the log and in files, shown to readers who may see it, and erased with its author, while every hash and signature stays valid', async () => {
    const [erika, bob] = [await writer('erika'), await writer('bob')];
    const { version, path, hash, stored } = await noted('Erika saw the mast on fire', erika);
    expect(await stored()).toMatch(/^enc:1:/);
    const file = (await call('GET', `${path}/export`, { as: erika })).body as unknown as BundleEnvelope;
    expect([file.bundle.notes, bundleHash(file.bundle), file.provenance.bundle_hash]).toEqual([
      await stored(),
      hash,
      hash,
    ]);
    expect(
      await importing(file, {
        as: await registry.parts.issuer.person(['POLICY_WRITE'], { sub: 'erika', tenant: 'other' }),
      }),
    ).toMatchObject({ status: 201, body: { bundle_hash: hash, notes: '[erased]' } });
    const copy = (await call('POST', `${path}/clone`, { as: bob, body: { version: '8.8.1' } })).body;
    expect([copy['notes'], copy['bundle_hash'] === hash]).toEqual(['Erika saw the mast on fire', false]);
    const author = (await registry.parts.people.find('demo', 'erika'))!;
    await registry.parts.people.erase(author, { kind: 'person', person_id: 'dpo' }, new Date().toISOString());
    expect((await call('GET', path)).body).toMatchObject({ notes: '[erased]', bundle_hash: hash });
    expect((await call('GET', `${base}/${String(copy['id'])}`)).body).toMatchObject({ notes: '[erased]' });
    expect(JSON.stringify((await call('GET', `${path}/history`)).body)).not.toContain('mast');
    expect(
      await importing(file, {
        as: await registry.parts.issuer.person(['POLICY_WRITE'], { tenant: 'third' }),
      }),
    ).toMatchObject({ status: 201, body: { version, bundle_hash: hash } });
    // A person who edits a bundle with erased notes leaves them as they are, and the bundle keeps
    // its hash.
    expect(
      (
        await call('PUT', path, {
          as: bob,
          body: { version, rules: [rule()], notes: '[erased]' },
          headers: { 'if-match': '"0"' },
        })
      ).body,
    ).toMatchObject({ revision: '0', bundle_hash: hash });
    expect(registry.parts.lines.join('')).not.toContain('mast on fire');
  });

  it('keeps its author if another person sends it back, and belongs to the editor if it is changed', async () => {
    const [ann, bob] = [await writer('ann'), await writer('bob')];
    const { version, path, hash, stored } = await noted('by Ann', ann);
    const first = await stored();
    expect(
      (
        await call('PUT', path, {
          as: bob,
          body: { version, rules: [rule({ priority: 7 })], notes: 'by Ann' },
          headers: { 'if-match': '"0"' },
        })
      ).body,
    ).toMatchObject({ revision: '1', notes: 'by Ann' });
    expect(await stored()).toBe(first);
    const headers = { 'if-match': '"1"', 'idempotency-key': `notes-${version}` };
    const change = () =>
      call('PUT', path, { as: bob, body: { version, rules: [rule()], notes: 'by Bob' }, headers });
    expect([await change(), await change()]).toMatchObject([
      { body: { revision: '2', notes: 'by Bob' } },
      { body: { revision: '2', notes: 'by Bob' } },
    ]);
    expect(await stored()).toContain((await registry.parts.people.find('demo', 'bob'))!.person_id);
    const { body } = await call('GET', `${path}/diff/${bundleIdOf('demo', version)}`, { as: ann });
    expect([body['fields'], hash === (await call('GET', path)).body['bundle_hash']]).toEqual([[], false]);
  });

  it('differs between two bundles if the words differ, not if only the seals do', async () => {
    const ann = await writer('ann');
    const [one, two, three] = [await noted('same', ann), await noted('same', ann), await noted('other', ann)];
    expect(await one.stored()).not.toBe(await two.stored());
    const fields = async (other: string) =>
      (await call('GET', `${one.path}/diff/${bundleIdOf('demo', other)}`, { as: ann })).body['fields'];
    expect([await fields(two.version), await fields(three.version)]).toEqual([
      [],
      [{ field: 'notes', from: 'same', to: 'other' }],
    ]);
  });

  it('is kept whole up to the limit, also in a file, and linted in its readable form; text that looks sealed is sealed again, and refused from a service', async () => {
    const [ann, robot] = [
      await writer('ann'),
      await registry.parts.issuer.person(['POLICY_WRITE'], { sub: 'robot', kind: 'service' }),
    ];
    const long = await noted('☎'.repeat(10_000), ann);
    expect(
      (
        await call('POST', base, {
          as: ann,
          body: { version: nextVersion(), rules: [], notes: '☎'.repeat(10_001) },
        })
      ).status,
    ).toBe(422);
    const file = (await call('GET', `${long.path}/export`, { as: ann })).body;
    expect(
      await importing(file, {
        as: await registry.parts.issuer.person(['POLICY_WRITE'], { tenant: 'fourth' }),
      }),
    ).toMatchObject({ status: 201, body: { bundle_hash: long.hash } });
    expect(
      (await call('POST', `${long.path}/clone`, { as: ann, body: { version: '8.8.2' } })).body,
    ).toMatchObject({ notes: '☎'.repeat(10_000), lint: { passed: true } });
    const stolen = await (await noted('private', ann)).stored();
    expect((await noted(stolen, await writer('mallory'))).path).toContain(base);
    expect(
      codeOf(
        await call('POST', base, { as: robot, body: { version: nextVersion(), rules: [], notes: stolen } }),
      ),
    ).toBe('422 validation-failed');
    expect(await (await noted('from the pipeline', robot)).stored()).toBe('from the pipeline');
  });
});
