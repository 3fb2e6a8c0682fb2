import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { collect } from '@interlock/kernel';
import { openStore, S3Store, textContent, type ArchiveStore, type S3Settings } from '../src/index.js';
import { startReceiver, startS3Program, startS3Server, suiteWhere, type S3Server } from '@interlock/testing';
import { bytesContent, bytesOf, storeContract } from './store-contract.js';

const keys = { id: 'AKIDEXAMPLE', secret: 'a+secret/with=signs' };
let server: S3Server;
const settings = (over: Partial<S3Settings> = {}): S3Settings => ({
  bucket: 'archive',
  prefix: 'interlock/log/',
  endpoint: server.endpoint,
  region: 'eu-west-1',
  credentials: { accessKeyId: keys.id, secretAccessKey: keys.secret },
  pathStyle: true,
  ...over,
});

const stores: ArchiveStore[] = [];
const kept = <S extends ArchiveStore>(store: S): S => {
  stores.push(store);
  return store;
};
const opened = (...given: ConstructorParameters<typeof S3Store>): S3Store => kept(new S3Store(...given));

beforeAll(async () => {
  server = await startS3Server({ bucket: 'archive', ...keys, pageSize: 2 });
});
afterAll(() => {
  for (const store of stores) store.close();
  return server.stop();
});

storeContract('a bucket', () => opened(settings()));

const image = process.env['INTERLOCK_PROGRAMS_IMAGE'] ?? '';
suiteWhere(
  describe,
  'A server in a container',
  image === '' ? ['container of an S3 server here: npm run test:containers'] : [],
  () => {
    let contained: Awaited<ReturnType<typeof startS3Program>>;
    beforeAll(async () => {
      contained = await startS3Program({ bucket: 'archive', ...keys, pageSize: 2 });
    });
    afterAll(() => contained.stop());

    storeContract('a bucket of it', () => opened(settings({ endpoint: contained.endpoint })));
  },
);

// Any store that speaks S3 can be tested: set ARCHIVE_TEST_S3=s3://bucket/prefix and the variables
// that the service reads.
const named = process.env['ARCHIVE_TEST_S3'];
const prefix = `${named}/${randomUUID()}`;
storeContract(
  `a bucket of a real store${named === undefined ? ' (skipped: ARCHIVE_TEST_S3 names none)' : ''}`,
  () => kept(openStore(prefix, process.env)),
  named === undefined ? (Reflect.get(describe, 'skip') as typeof describe) : describe,
);

describe('an archive in a store that lists otherwise', () => {
  const page = (names: readonly string[], isCut: boolean, next?: string): string =>
    `<?xml version="1.0"?><ListBucketResult><Name>archive</Name><IsTruncated>${isCut}</IsTruncated>${names
      .map((name) => `<Contents><Key>${name}</Key></Contents>`)
      .join(
        '',
      )}${next === undefined ? '' : `<NextContinuationToken>${next}</NextContinuationToken>`}</ListBucketResult>`;
  const listedBy = async (answer: (token: string | null) => string): Promise<readonly string[]> => {
    const receiver = await startReceiver((response, { path }) => {
      const token = new URL(path, 'http://s3').searchParams.get('continuation-token');
      response.writeHead(200, { 'content-type': 'application/xml' }).end(answer(token));
    });
    try {
      return await collect(opened(settings({ endpoint: receiver.url })).list('log/'));
    } finally {
      await receiver.stop();
    }
  };
  const at = (name: string): string => `interlock/log/log/${name}`;

  it.each([
    ['a list that is cut without a token', () => page([at('a')], true), 'it ends in the middle'],
    ['tokens that repeat', () => page([at('a')], true, 't'), 'it begins again'],
    ['names of another prefix', () => page(['interlock/other'], false), 'it has a name of another prefix'],
  ])('is not read with %s', async (_, answer, why) => {
    await expect(listedBy(answer)).rejects.toMatchObject({
      code: 'archive-unavailable',
      detail: `the archive's store lists its files otherwise than S3: ${why}`,
    });
  });

  it('is read with a token on its last page, too', async () => {
    const listed = await listedBy((token) =>
      token === null ? page([at('a')], true, 't') : page([at('b')], false, 'u'),
    );
    expect(listed).toEqual(['log/a', 'log/b']);
  });
});

describe('an archive in a bucket that fails', () => {
  it('goes on after the store asks it to slow down', async () => {
    const store = opened(settings());
    server.fail('HEAD', 'slow_down');
    server.fail('GET', 'slow_down', 'cut');
    expect(await store.create('f/slow', textContent('x'))).toBe('written');
    expect((await bytesOf(store, 'f/slow'))?.toString()).toBe('x');
  });

  it('reports an unfinished write, and the next try finds the file', async () => {
    const store = opened(settings());
    for (const fault of ['cut', 'slow_down'] as const) {
      server.fail('PUT', fault, fault, fault);
      await expect(store.create(`f/${fault}`, textContent('x'))).rejects.toMatchObject({
        code: 'archive-unavailable',
      });
      expect(await store.create(`f/${fault}`, textContent('x'))).toBe('written');
    }
    server.fail('PUT', 'lost_answer');
    expect(await store.create('f/lost', textContent('x'))).toBe('exists');
    expect((await bytesOf(store, 'f/lost'))?.toString()).toBe('x');
  });

  it('reads a rotated key from its files without a restart', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'interlock-s3-'));
    const [id, secret] = [join(folder, 'id'), join(folder, 'secret')];
    await writeFile(id, `${keys.id}\n`);
    await writeFile(secret, 'the secret of last year\n');
    const store = kept(
      openStore('s3://archive/rotated', {
        AUDIT_ARCHIVE_S3_ENDPOINT: server.endpoint,
        AUDIT_ARCHIVE_S3_REGION: 'eu-west-1',
        AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: '',
        AUDIT_ARCHIVE_S3_ACCESS_KEY_ID_FILE: id,
        AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY_FILE: secret,
      }),
    );
    await expect(store.create('f', textContent('x'))).rejects.toMatchObject({ code: 'archive-unavailable' });
    await writeFile(secret, `${keys.secret}\n`);
    expect(await store.create('f', textContent('x'))).toBe('written');
    await rm(folder, { recursive: true });
  });

  it('streams large files', async () => {
    const store = opened(settings());
    const large = bytesContent(randomBytes(9_000_000));
    server.fail('PUT', 'slow_down');
    await expect(store.create('f/large', large)).rejects.toMatchObject({ code: 'archive-unavailable' });
    expect(await store.create('f/large', large)).toBe('written');
    expect((await bytesOf(store, 'f/large'))?.length).toBe(9_000_000);
    await expect(store.create('f/larger', { ...large, sha256: '0'.repeat(64) })).rejects.toMatchObject({
      code: 'archive-unavailable',
    });
    expect(await store.read('f/larger')).toBeNull();
  });

  it('fails if an answer is cut off', async () => {
    const store = opened(settings());
    await store.create('f/half', bytesContent(Buffer.alloc(2_000_000, 7)));
    server.fail('GET', 'cut_answer');
    await expect(bytesOf(store, 'f/half')).rejects.toMatchObject({ code: 'archive-unavailable' });
  });

  it('checks for the file before it writes, if the store ignores conditions', async () => {
    const store = opened(settings());
    server.fail('PUT', 'no_conditions');
    expect(await store.create('f/plain', textContent('first'))).toBe('written');
    expect(await store.create('f/plain', textContent('second'))).toBe('exists');
    expect((await bytesOf(store, 'f/plain'))?.toString()).toBe('first');
  });

  it('names the remedy and never a secret', async () => {
    const problem = async (
      over: Partial<S3Settings>,
    ): Promise<{ code: string; detail: string; remedy: string }> =>
      opened(settings({ timeoutMs: 2000, ...over }))
        .read('x')
        .then(
          () => {
            throw new Error('it was read');
          },
          (error: unknown) => error as never,
        );
    const refused = await problem({ credentials: { accessKeyId: keys.id, secretAccessKey: 'wrong' } });
    expect(refused).toMatchObject({
      code: 'archive-unavailable',
      detail: expect.stringContaining('SignatureDoesNotMatch (403)'),
      remedy: expect.stringContaining('credentials'),
    });
    expect(await problem({ bucket: 'other' })).toMatchObject({
      remedy: expect.stringContaining('make the bucket'),
    });
    expect(await problem({ endpoint: 'http://127.0.0.1:1' })).toMatchObject({
      code: 'archive-unavailable',
      remedy: expect.stringContaining('AUDIT_ARCHIVE_S3_ENDPOINT'),
    });
    const unlisted = collect(opened(settings({ bucket: 'other' })).list('x'));
    await expect(unlisted).rejects.toMatchObject({ code: 'archive-unavailable' });
    for (const text of [JSON.stringify(refused), refused.detail, opened(settings()).location])
      expect(text.includes(keys.secret) || text.includes(keys.id)).toBe(false);
  });

  it('aborts requests in progress on its signal', async () => {
    const stop = new AbortController();
    const store = opened(settings(), stop.signal);
    stop.abort();
    await expect(store.read('x')).rejects.toMatchObject({ code: 'archive-unavailable' });
  });
});
