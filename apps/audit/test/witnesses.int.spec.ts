import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { parseNote, parseVerifier, signerKey, verifiedBy, verifierText } from '@interlock/tree';
import { until } from '@interlock/testing';
import { key, origin, seedOf } from './audited.js';
import { startWitness, type TestWitness } from './witness.js';
import { audited, ready, found, over, sizeOf } from './mirrored.js';

const witnesses: TestWitness[] = [];

const witnessOf = async (name: string): Promise<TestWitness> => {
  const witness = await startWitness(name, [key], origin);
  witnesses.push(witness);
  return witness;
};
beforeAll(() => audited.begin());
afterEach(async () => {
  await audited.stopServices();
  await Promise.all(witnesses.splice(0).map((witness) => witness.stop()));
});
afterAll(() => audited.end());

describe('witnesses', () => {
  const cosigned = (tenant: string, names: readonly string[]): Promise<string> =>
    until(
      async () => {
        const { text: note, status } = await audited.get('/checkpoint', { tenant });
        return status === 200 && names.every((name) => note.includes(`— ${name} `)) && note;
      },
      `${names.join(' and ')} cosigned`,
    );

  it('cosign what extends all that they saw, and their signatures stand in the checkpoint', async () => {
    const [a, b] = [await witnessOf('witness.example/a'), await witnessOf('regulator.example/bb')];
    await audited.start({ AUDIT_WITNESSES: `${a.vkey} ${a.url}, ${b.vkey} ${b.url}` });
    await audited.append('action-demo:w', 5);
    await audited.signed();
    const note = await cosigned('demo', ['witness.example/a', 'regulator.example/bb']);
    expect(verifiedBy(parseNote(note)!, [key, parseVerifier(a.vkey)!, parseVerifier(b.vkey)!])).toHaveLength(
      3,
    );
    await audited.append('action-demo:w', 300);
    const size = sizeOf(await audited.signed());
    await until(
      () => (a.seen.get(origin)?.size ?? 0) >= size && (b.seen.get(origin)?.size ?? 0) >= size,
      'both saw the larger tree',
    );
    expect((await audited.get('/export')).text).toContain('witness.example/a');
  });

  it('that saw an earlier tree are asked again with a proof from that one', async () => {
    const witness = await witnessOf('witness.example/late');
    await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:l', 5);
    await audited.signed();
    await cosigned('demo', ['witness.example/late']);
    await audited.stopServices();
    witness.answers.length = 0;
    await audited.start();
    await audited.append('action-demo:l', 5);
    await audited.signed();
    await audited.stopServices();
    await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    const size = sizeOf(await audited.signed());
    await until(() => (witness.seen.get(origin)?.size ?? 0) >= size, 'it saw the larger tree');
    expect(witness.answers).toContain(409);
    expect(witness.answers).not.toContain(422);
  });

  it.each([
    ['before 1970', 0],
    ['after the year 9999', 300_000_000_000],
    ['that no number holds', 2 ** 62],
  ])('that cosign at a time %s are not believed, and stop nothing', async (_when, at) => {
    const witness = await witnessOf('witness.example/clock');
    witness.at = at;
    const service = await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:clock', 1);
    await audited.signed();
    await until(() => witness.answers.includes(200), 'it was asked');
    await audited.append('action-demo:clock', 1);
    expect(await audited.signed()).not.toContain('witness.example/clock');
    expect((await ready(service)).status).toBe('ready');
  });

  it('that saw another tree stop the signing', async () => {
    const witness = await witnessOf('witness.example/another');
    witness.seen.set(origin, { size: 2, root: seedOf(7) });
    const before = (await found()).length;
    const service = await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:s', 1);
    const all = await until(
      async () => (await found()).length > before && found(),
      'the contradiction is in the log',
    );
    expect(all.at(-1)).toMatchObject({ found_by: 'witness:witness.example/another' });
    await until(async () => (await ready(service)).status === 'not_ready', 'it is not ready');
    expect((await audited.get<{ code: string }>('/export')).json.code).toBe('tree-inconsistent');
  });

  it('that saw more than the log has stop it, until they are asked no longer', async () => {
    const witness = await witnessOf('witness.example/more');
    witness.seen.set(origin, { size: 1_000_000, root: seedOf(7) });
    const before = (await found()).length;
    await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:m', 1);
    const all = await until(
      async () => (await found()).length > before && found(),
      'the contradiction is in the log',
    );
    expect(all.at(-1)).toMatchObject({ found_by: 'witness:witness.example/more', tree_size: 1_000_000 });
    await audited.stopServices();
    await audited.start();
    await audited.append('action-demo:m', 1);
    await audited.signed();
    expect((await over()).at(-1)).toMatchObject({
      found_by: 'witness:witness.example/more',
      detail: 'it is no longer asked',
    });
  });

  it('are asked by one instance of audit, and by another when that has gone', async () => {
    const witness = await witnessOf('witness.example/one');
    const environment = { AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` };
    const first = await audited.start(environment);
    await audited.append('action-demo:one', 1);
    await audited.signed();
    await cosigned('demo', ['witness.example/one']);
    await audited.start(environment);
    const asked = witness.answers.length;
    await audited.append('action-demo:one', 1);
    const size = sizeOf(await audited.signed());
    await until(() => (witness.seen.get(origin)?.size ?? 0) >= size, 'it saw the larger tree');
    expect(witness.answers.slice(asked).filter((status) => status === 409)).toEqual([]);
    await first.stop();
    await audited.append('action-demo:one', 1);
    await until(() => (witness.seen.get(origin)?.size ?? 0) > size, 'the other has taken over');
  });

  it.each([
    ['answers nonsense', { status: 200, text: 'hello\n' }],
    ['does not know the log', { status: 404, text: '' }],
    ['is overwhelmed', { status: 503, text: '' }],
    ['answers without end', { status: 200, text: 'x'.repeat(200_000) }],
    ['names no size', { status: 409, text: 'many' }],
  ])('that %s are tried again, and stop nothing', async (_how, broken) => {
    const witness = await witnessOf('witness.example/broken');
    witness.broken = broken;
    const service = await audited.start({ AUDIT_WITNESSES: `${witness.vkey} ${witness.url}` });
    await audited.append('action-demo:b', 1);
    await audited.signed();
    await until(() => witness.answers.length > 0, 'it was asked');
    expect((await ready(service)).status).toBe('ready');
    witness.broken = undefined;
    await cosigned('demo', ['witness.example/broken']);
  });

  it('that are named wrongly keep the service from starting, without their text', async () => {
    await expect(audited.start({ AUDIT_WITNESSES: 'secret+name http://127.0.0.1' })).rejects.toMatchObject({
      code: 'validation-failed',
      detail: expect.not.stringContaining('secret'),
    });
    const { vkey } = await witnessOf('witness.example/twice');
    await expect(
      audited.start({ AUDIT_WITNESSES: `${vkey} http://127.0.0.1:1, ${vkey} http://127.0.0.1:2` }),
    ).rejects.toMatchObject({ code: 'validation-failed', detail: expect.stringContaining('number 2') });
    await expect(
      audited.start({
        AUDIT_WITNESSES: Array.from(
          { length: 64 },
          (_, i) => `${verifierText(signerKey(`w${i}`, 'cosignature', seedOf(1)))} http://127.0.0.1:1`,
        ).join(','),
      }),
    ).rejects.toMatchObject({ code: 'validation-failed' });
    await expect(audited.start({ AUDIT_MIRROR_GIT: '/nowhere' })).rejects.toMatchObject({
      code: 'validation-failed',
    });
  });
});
