import { chmodSync, cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { zstdCompressSync, zstdDecompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  Archive,
  DirectoryStore,
  fileContent,
  filedManifest,
  openStore,
  textContent,
  writeSegment,
  type ArchiveStore,
} from '@interlock/archive';
import {
  checkpointText,
  entriesLine,
  entryLeaf,
  Frontier,
  LeafLedger,
  LogEntries,
  manifestFile,
  noteOf,
  partsProof,
  readExportedLine,
  sealLine,
  segmentFile,
  signerKey,
  signText,
  tenantKeysLine,
  tenantsHead,
  verifierText,
  type Hash,
} from '@interlock/tree';
import {
  buildApps,
  commandLine,
  runProgram,
  type RunResult,
  type S3Server,
  startS3Server,
} from '@interlock/testing';

const root = fileURLToPath(new URL('../../../', import.meta.url));
const credentials = { id: 'AKIDEXAMPLE', secret: 'secret' };
const origin = 'interlock.local/tree';
const key = signerKey(origin, 'note', new Uint8Array(32).fill(1));
const golden = readFileSync(join(root, 'fixtures', 'streams', 'demo.ndjson'), 'utf8')
  .trimEnd()
  .split('\n')
  .slice(0, 167);

let home: string;
let archive: string;
let s3: S3Server;

const environment = { ...process.env, NODE_OPTIONS: undefined };
const cli = (args: readonly string[], env: { readonly [name: string]: string } = {}): Promise<RunResult> =>
  runProgram(process.execPath, [commandLine, '--home', home, 'audit', 'archive', ...args], {
    cwd: home,
    env: { ...environment, INIT_CWD: home, ...env },
  });
const s3Environment = (): { readonly [name: string]: string } => ({
  AUDIT_ARCHIVE_S3_ENDPOINT: s3.endpoint,
  AUDIT_ARCHIVE_S3_ACCESS_KEY_ID: credentials.id,
  AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: credentials.secret,
});

/** The recorded demo's log in segments of 60, as audit archives it. */
const archiveTo = async (store: ArchiveStore): Promise<void> => {
  const nodes: Hash[][] = [];
  const frontier = new Frontier();
  const made = new LogEntries();
  const ledger = new LeafLedger();
  const entries = golden.map((line) => {
    const read = readExportedLine(line);
    if ('fault' in read) throw new Error(read.fault);
    const entry = made.take(read.event);
    ledger.take(entry);
    frontier.append(entryLeaf(entry), (level, index, hash) => {
      (nodes[level] ??= [])[index] = hash;
    });
    return entry;
  });
  const tenants = tenantsHead(ledger.heads());
  const text = checkpointText({ origin, size: frontier.size, root: frontier.root(), tenants });
  const checkpoint = noteOf(text, [signText(text, key)]);
  writeFileSync(join(home, 'checkpoint'), checkpoint);
  let previous: string | null = null;
  for (let first = 0; first + 60 <= golden.length; first += 60) {
    const range = { first, count: 60 };
    const lines = golden.slice(first, first + 60);
    const some = entries.slice(first, first + 60);
    const proof = await partsProof((level, index) => nodes[level]![index]!, [[first, 60]], golden.length);
    const sealed = async function* (): AsyncGenerator<string> {
      yield* await Promise.resolve([
        ...lines,
        tenantKeysLine(made.keysOf(new Set(some.map(({ tenant }) => tenant)))),
        entriesLine(some),
        sealLine({
          runs: [[first, 60]],
          proof,
          tenant: null,
          checkpoint,
          keys: { first: verifierText(key), rotations: [] },
        }),
      ]);
    };
    const path = join(home, `segment-${first}`);
    rmSync(path, { force: true });
    const file = await writeSegment(path, sealed(), 3);
    await store.create(segmentFile(range), fileContent(path, file.compressed));
    const place = (line: string): { position: string; created: string } =>
      JSON.parse(line) as { position: string; created: string };
    const [from, to] = [place(lines[0]!), place(lines.at(-1)!)];
    const filed = filedManifest({
      version: 1,
      origin,
      first,
      count: 60,
      first_position: from.position,
      last_position: to.position,
      first_time: from.created,
      last_time: to.created,
      ...file,
      checkpoint,
      previous,
    });
    await store.create(manifestFile(range), textContent(filed.text));
    await new Archive(store).writeHead(filed);
    previous = filed.sha256;
  }
};

beforeAll(async () => {
  await buildApps('apps/cli');
  home = mkdtempSync(join(tmpdir(), 'interlock-cli-'));
  archive = join(home, 'audit', 'archive');
  s3 = await startS3Server({ bucket: 'archive', ...credentials });
  await archiveTo(new DirectoryStore(archive));
  const bucket = openStore('s3://archive/log', s3Environment());
  await archiveTo(bucket);
  bucket.close();
  writeFileSync(join(home, 'log.vkey'), `${verifierText(key)}\n`);
});
afterAll(async () => {
  await s3.stop();
  rmSync(home, { recursive: true, force: true });
});

describe('interlock audit archive', () => {
  it("lists the segments of the home's archive, of a directory, and of a bucket", async () => {
    const own = await cli(['list']);
    expect(own).toMatchObject({
      code: 0,
      stdout: expect.stringMatching(/^0–59 {2}60 events.*\n60–119.*\n120 events in file:.*\n$/),
    });
    expect((await cli(['list', '--from', archive])).stdout).toBe(own.stdout);
    const json = await cli(['list', '--from', 's3://archive/log', '--json'], s3Environment());
    expect(
      json.stdout
        .trim()
        .split('\n')
        .map((line) => JSON.parse(line) as object),
    ).toMatchObject([{ first: 0, count: 60, previous: null }, { first: 60 }]);
    expect((await cli(['list', '--from', 'nowhere'])).stdout).toMatch(/nothing is archived/);
  });

  it("verifies an archive with the log's key as text or file, also against a checkpoint", async () => {
    mkdirSync(join(home, 'audit', 'keys'));
    writeFileSync(join(home, 'audit', 'keys', '1.vkey'), `${verifierText(key)}\n`);
    expect((await cli(['verify'])).code).toBe(0);
    rmSync(join(home, 'audit', 'keys'), { recursive: true });
    for (const given of [verifierText(key), 'log.vkey'])
      expect(await cli(['verify', '--key', given])).toMatchObject({
        code: 0,
        stdout: expect.stringContaining('verified: '),
      });
    expect(
      (
        await cli(
          ['verify', '--from', 's3://archive/log', '--key', 'log.vkey', '--checkpoint', 'checkpoint'],
          s3Environment(),
        )
      ).code,
    ).toBe(0);
    expect(JSON.parse((await cli(['verify', '--key', 'log.vkey', '--json'])).stdout)).toMatchObject({
      verified: true,
      segments: 2,
      next: 120,
      faults: [],
    });
  });

  it('names the altered part, and ends with 1', async () => {
    const copy = join(home, 'altered');
    cpSync(archive, copy, { recursive: true });
    const file = join(copy, segmentFile({ first: 60, count: 60 }));
    chmodSync(file, 0o600);
    const lines = zstdDecompressSync(readFileSync(file)).toString('utf8').split('\n');
    const { stream, revision } = JSON.parse(lines[7]!) as { stream: string; revision: string };
    lines[7] = lines[7]!.replace(/"occurred_at":"2/, '"occurred_at":"1');
    writeFileSync(file, zstdCompressSync(Buffer.from(lines.join('\n'))));
    const ran = await cli(['verify', '--from', 'altered', '--key', 'log.vkey']);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(
      'wrong: segments/0000000000000060-0000000000000119 has another event at leaf 67 than the checkpoint commits to',
    );
    expect(ran.stdout).toContain(`${stream} revision ${revision}`);
    expect(await cli(['fetch', '--from', 'altered', '--key', 'log.vkey', '--first', '60'])).toMatchObject({
      code: 1,
      stdout: '',
    });
  });

  it('ends with 2 if arguments are missing, or the answer is unknown', async () => {
    for (const args of [
      ['verify'],
      ['verify', '--key', 'nothing'],
      ['verify', '--key', 'checkpoint'],
      ['verify', '--key', 'log.vkey', '--checkpoint', 'nothing'],
      ['fetch', '--key', 'log.vkey', '--first', '-1'],
      ['list', '--from', 'ftp://x'],
    ]) {
      expect([args, (await cli(args)).code]).toEqual([args, 2]);
    }
    expect(await cli(['verify', '--from', 'nowhere', '--key', 'log.vkey'])).toMatchObject({
      code: 2,
      stdout: expect.stringMatching(/^0 segments in \S+: .*\nundecided: the archive is empty\n$/),
    });
    expect(
      (
        await cli(['verify', '--from', 's3://archive/log', '--key', 'log.vkey'], {
          ...s3Environment(),
          AUDIT_ARCHIVE_S3_ENDPOINT: 'http://127.0.0.1:1',
        })
      ).code,
    ).toBe(2);
    expect(
      (
        await cli(['verify', '--from', 's3://archive/log', '--key', 'log.vkey'], {
          ...s3Environment(),
          AUDIT_ARCHIVE_S3_SECRET_ACCESS_KEY: 'wrong',
        })
      ).stderr,
    ).toMatch(/SignatureDoesNotMatch.*let the credentials/);
    expect(
      await cli(['verify', '--key', verifierText(signerKey(origin, 'note', new Uint8Array(32).fill(2)))]),
    ).toMatchObject({
      code: 1,
      stdout: expect.stringContaining('is signed by a log whose key is not known here'),
    });
  });

  it('fetches unchanged events for a replay', async () => {
    const part = await cli(['fetch', '--key', 'log.vkey', '--first', '50', '--count', '20']);
    expect(part).toMatchObject({ code: 0, stdout: `${golden.slice(50, 70).join('\n')}\n` });
    expect((await cli(['fetch', '--key', 'log.vkey', '-o', 'part.ndjson'])).code).toBe(0);
    const { stdout } = await runProgram(process.execPath, [commandLine, 'audit', 'replay', 'part.ndjson'], {
      cwd: home,
      env: { ...environment, INIT_CWD: home },
    });
    expect(stdout).toMatch(/^120 events read\ndecision /);
    expect(await cli(['fetch', '--key', 'log.vkey', '--first', '100', '--count', '50'])).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ends at leaf 120'),
    });
  });
});
