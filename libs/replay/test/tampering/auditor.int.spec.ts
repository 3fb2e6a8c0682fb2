import { spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { once } from 'node:events';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import {
  parseVerifier,
  signerKey,
  signText,
  timestampLine,
  verifierText,
  type SignerKey,
} from '@interlock/tree';
import { verifyFiles } from '@interlock/verify';
import { findPython, runPython, suiteWhere } from '@interlock/testing';
import { alterations } from './alterations.js';
import { cutFiles, noEvents } from './cut-logs.js';
import { Corpus, lies, originOf, own, signings, variantsOf, type Case } from './corpus.js';
import { honestLog } from './honest-log.js';
import { postMortemOf, tamperings } from './post-mortems.js';
import { logKey, SealedEvents, sha256, sourceOf, textOf } from './sealed-events.js';

const vkey = verifierText(logKey);
const key = parseVerifier(vkey)!;
const { python, missing } = findPython(['cryptography']);
const root = fileURLToPath(new URL('../../../..', import.meta.url));
const examples = join(root, 'examples/auditor');
const runs = Number(process.env['INTERLOCK_TAMPERINGS'] ?? 2);

/** Runs the program in Python once for each line of arguments. */
const loop = `import contextlib, io, json, sys
sys.path.insert(0, sys.argv[1])
import verify
for line in sys.stdin:
    said = io.StringIO()
    with contextlib.redirect_stdout(said):
        code = verify.main(json.loads(line))
    print(json.dumps([code, said.getvalue()]), flush=True)
`;

/** Compares the program's functions with the vectors; throws where they differ. */
const vectors = `import glob, json, sys
sys.path.insert(0, "examples/auditor")
import verify as v
read = lambda name: json.load(open(f"fixtures/vectors/{name}.json"))
merkle, tenants, digests = read("merkle"), read("tenants"), read("digests")
leaves = [*map(v.unb64, merkle["leaves"])]
assert leaves == [v.sha256(b"\\0", b"leaf %d" % index) for index in range(11)]
nodes = v.nodes_of(leaves)
roots = [v.root_of(nodes, 0, size) for size in range(12)]
assert [*map(v.b64, roots)] == merkle["roots"]
for one in merkle["inclusion"]:
    assert v.climb(leaves[one["index"]], one["index"], one["size"], one["path"]) == roots[one["size"]]
for one in merkle["runs"]:
    parts = v.absent(one["runs"], 0, one["size"])
    assert [*map(list, parts)] == one["subtrees"]
    assert [v.b64(v.root_of(nodes, *part)) for part in parts] == one["proof"]
for one in read("entries"):
    entry = json.loads(one["entry"])
    assert v.canonical(entry) == one["entry"] and v.b64(v.read_entry(entry)["leaf"]) == one["leaf"]
    assert v.is_of(entry, v.read_event(one["line"].encode()))
    assert v.hashed(v.unb64(one["tenant_key"]), one["correlation"]) == entry["correlation"]
heads = [v.unb64(one["leaf"]) for one in tenants["heads"]]
assert heads == [v.sha256(b"\\0", one["text"].encode()) for one in tenants["heads"]]
for one in tenants["paths"]:
    assert v.b64(v.climb(heads[one["index"]], one["index"], tenants["size"], one["path"])) == tenants["root"]
kind = digests["action_type"]
assert v.canonical(v.parse(kind["canonical"].encode())) == kind["canonical"]
assert v.sha256(kind["canonical"].encode()).hex() == kind["hash"]
keys = read("notes")["keys"]
assert [v.read_key(key["key"])[1] for key in keys[:2]] == [key["id"] for key in keys[:2]]
for path in glob.glob("fixtures/vectors/exports/*"):
    for key in keys[:2]:
        assert v.main([path, "--key", key["key"], "--complete"]) == 0, path
`;

suiteWhere(describe, 'a second verifier, written from docs/auditing.md in Python', missing, () => {
  let folder: string;
  let file: string;
  let corpus: Corpus;
  let child: ChildProcessWithoutNullStreams;
  let answers: AsyncIterator<string>;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'interlock-auditor-'));
    file = join(folder, 'log.ndjson');
    corpus = await Corpus.of(runs);
    child = spawn(python, ['-c', loop, examples], {
      env: { ...process.env, PYTHONDONTWRITEBYTECODE: '1', PYTHONUTF8: '1' },
    });
    answers = createInterface(child.stdout)[Symbol.asyncIterator]();
  });
  afterAll(async () => {
    const ended = once(child, 'close');
    child.stdin.end();
    await ended;
    rmSync(folder, { recursive: true });
  });

  /** The exit codes of both verifiers, and what the second one said. */
  const both = async (
    { text, part }: Pick<Case, 'text' | 'part'>,
    complete: boolean,
    witnesses: readonly string[] = [],
  ): Promise<readonly [ours: number, theirs: number, said: string]> => {
    const origin = originOf(part);
    const { verified, faults } = await verifyFiles([sourceOf(text)], {
      key,
      sha256,
      complete,
      origin,
      witnesses: witnesses.map((one) => parseVerifier(one)!),
    });
    writeFileSync(file, text);
    const args = [
      file,
      ...['--key', vkey, '--origin', origin],
      ...(complete ? ['--complete'] : []),
      ...witnesses.flatMap((one) => ['--witness', one]),
    ];
    child.stdin.write(`${JSON.stringify(args)}\n`);
    const { value, done } = await answers.next();
    if (done === true) throw new Error('the program in Python ended');
    const [code, said] = JSON.parse(value) as [number, string];
    return [verified ? 0 : faults.length > 0 ? 1 : 2, code, said];
  };

  /** Both come to the same. The codes that they gave. */
  const agree = async (cases: Iterable<Case> | AsyncIterable<Case>): Promise<ReadonlySet<number>> => {
    const codes = new Set<number>();
    for await (const one of cases) {
      const [ours, theirs, said] = await both(one, true);
      expect([one.what, theirs, said]).toEqual([one.what, ours, said]);
      codes.add(ours);
    }
    return codes;
  };

  it('has the hashes of fixtures/vectors, and verifies the exports there', async () => {
    expect(await runPython(python, ['-c', vectors], { cwd: root, env: { PYTHONUTF8: '1' } })).toMatchObject({
      code: 0,
    });
  });

  it.each([1, 2])('verifies honest exports of every kind (seed %i)', async (seed) => {
    const events = honestLog(seed, 3 + seed);
    const log = new SealedEvents(events);
    for (const [part, isComplete] of variantsOf(events)) {
      const one = { text: textOf(await log.file(part, own)), part };
      const isAll = part.filter.limit === undefined && Object.keys(part.filter).length === 0;
      for (const complete of [true, false]) {
        const code = (complete ? isComplete : isAll) ? 0 : 2;
        const [ours, theirs, said] = await both(one, complete);
        expect([part, complete, ours, theirs, said]).toEqual([part, complete, code, code, said]);
      }
    }
  });

  describe.each(Object.keys(alterations))('comes to the same where events are %s', (name) => {
    it.each(Object.keys(signings))('signed by %s', async (signing) => {
      await agree(corpus.signedAgain(name, signing));
    });
    it('above the honest seal', async () => {
      expect(await agree(corpus.alteredLines(name))).toEqual(new Set([1]));
    });
  });

  it.each(Object.keys(lies))('comes to the same where an operator who holds the key %s', async (what) => {
    expect(await agree(corpus.lied(what))).toEqual(new Set([1]));
  });

  it('comes to the same where the log was cut, whatever the record of the cut says', async () => {
    const codes = new Set<number>();
    for await (const one of cutFiles(corpus.honest))
      for (const complete of [false, true]) {
        const [ours, theirs, said] = await both(one, complete);
        const code = complete ? one.complete : one.code;
        expect([one.what, one.part, complete, ours, theirs, said]).toEqual([
          one.what,
          one.part,
          complete,
          code,
          code,
          said,
        ]);
        codes.add(code);
      }
    expect(codes).toEqual(new Set([0, 1, 2]));
  });

  it('comes to the same about post-mortems, tampered with or not', async () => {
    const part = { tenant: 'sim', filter: {} };
    const incident = corpus.honest.events.find(({ stream }) => stream.startsWith('incident-sim:'))!.stream;
    const codes = new Set<number>();
    for (const brief of [false, true]) {
      const document = await postMortemOf(corpus.honest, 'sim', incident, { brief });
      for (const [what, change] of [
        ['nothing', (text: string) => text] as const,
        ...(brief ? [] : tamperings),
      ])
        for (const complete of [false, true]) {
          const [ours, theirs, said] = await both({ text: change(document), part }, complete);
          expect([what, complete, theirs, said]).toEqual([what, complete, ours, said]);
          if (what !== 'nothing') expect(ours).toBe(1);
          codes.add(ours);
        }
    }
    expect(codes.size).toBeGreaterThan(1);
  });

  it('comes to the same where a line was signed that is not an event', async () => {
    for await (const one of noEvents(corpus.honest))
      for (const complete of [false, true])
        expect([one.what, ...(await both(one, complete)).slice(0, 2)]).toEqual([one.what, 1, 1]);
  });

  it.each([null, 'sim'])(
    'comes to the same about witnesses, and names what it does not check (%s)',
    async (tenant) => {
      const part = { tenant, filter: {} };
      const seed = (byte: number): Uint8Array => new Uint8Array(32).fill(byte);
      const first = signerKey('witness.example/w1', 'cosignature', seed(3));
      const second = signerKey('witness.example/w2', 'cosignature', seed(4));
      const lattice = signerKey('witness.example/w3', 'ml-dsa-44', seed(5));
      const stored = Math.max(...corpus.honest.events.map(({ created }) => Date.parse(created))) / 1000;
      const late = Math.ceil(stored) + 60;
      const line =
        (by: SignerKey, at = late) =>
        (text: string) =>
          signText(text, by, at);
      const stamp = () => timestampLine('tsa.example', seed(6));
      const wrong = (text: string): string => signText(`${text}more\n`, first, late);
      const cases: readonly (readonly [
        lines: readonly ((text: string) => string)[],
        asked: readonly SignerKey[],
        code: number,
        said: string,
      ])[] = [
        [[line(first)], [first], 0, ''],
        [[line(first), line(second)], [second, first], 0, ''],
        [[line(first), stamp], [first], 0, 'not checked: the time stamp of tsa.example'],
        [[line(lattice)], [], 0, 'not checked: the signature in the name of witness.example/w3'],
        [[line(second)], [], 0, 'not checked: the signature in the name of witness.example/w2'],
        [[], [first], 1, 'has no cosignature of witness.example/w1'],
        [[line(first)], [first, second], 1, 'has no cosignature of witness.example/w2'],
        [[wrong], [first], 1, ''],
        [[line(first), line(first)], [first], 1, 'has a cosignature twice'],
        [[line(first, Math.floor(stored) - 900)], [first], 1, 'after witness.example/w1 cosigned it'],
      ];
      for (const [lines, asked, code, says] of cases) {
        const text = textOf(
          await corpus.honest.file(part, { ...own, countersign: (note) => lines.map((one) => one(note)) }),
        );
        const [ours, theirs, said] = await both({ text, part }, true, asked.map(verifierText));
        expect([ours, theirs, said]).toEqual([code, code, expect.stringContaining(says)]);
      }
      // The program in Python has no ML-DSA-44, so it cannot tell. Ours can, for a whole log.
      const text = textOf(
        await corpus.honest.file(part, { ...own, countersign: (note) => [line(lattice)(note)] }),
      );
      const [ours, theirs, said] = await both({ text, part }, true, [verifierText(lattice)]);
      expect([ours, theirs]).toEqual([tenant === null ? 0 : 1, 2]);
      expect(said).toContain('ML-DSA-44, which this program does not check');
    },
  );

  it('comes to the same where a byte is another', async () => {
    expect(await agree(corpus.bytes(runs * 20))).toEqual(new Set([1]));
  });

  it.each([null, 'sim'])('comes to the same where a file has less than it should (%s)', async (tenant) => {
    expect(await agree(corpus.gaps(tenant))).toEqual(new Set([1, 2]));
    for (const filter of [{ categories: ['action'] }, { categories: ['alert', 'incident'] }])
      expect(await agree(corpus.lacking({ tenant, filter }))).toEqual(new Set([1]));
  });
});
