import { readFileSync, statSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contentHash, sha256Hex } from '@interlock/kernel';
import { signerKey, verifierText } from '@interlock/tree';
import type { Verification } from '@interlock/verify';
import { root, golden, steering, steers, home, cli } from './cli-home.js';
import { startAnswering, stopAnswering } from './cli-server.js';
import { logKey, Sealing } from './sealing.js';

type Judged = { id: string; readonly data: { readonly gates: readonly [{ verdict: string }] } };

beforeAll(startAnswering);
afterAll(stopAnswering);

describe('interlock audit replay', () => {
  it('an untouched log replays, exit code 0', async () => {
    const ran = await cli('audit', 'replay', golden);
    expect(ran.code).toBe(0);
    expect(ran.stdout).toMatch(/^decision +made again +agrees with itself +not checked$/m);
    expect(ran.stdout).toMatch(/^gate +\d+ +0 +0$/m);
    expect(ran.stdout).not.toContain('difference');
    expect(ran.stdout).toMatch(
      /^the same: each of the [1-9]\d+ decisions that were made again is as recorded$/m,
    );
  });

  it('reads the events of a post-mortem, each once, in the order of the log', async () => {
    const lines = readFileSync(golden, 'utf8').trimEnd().split('\n');
    const part = (some: readonly string[]): string =>
      `Words.\n\n\`\`\`interlock-export\n${some.join('\n')}\n\`\`\`\n\n`;
    const half = Math.floor(lines.length / 2);
    const text = `# Post-mortem: a cell\n\n${part(lines.slice(half - 5))}${part(lines.slice(0, half))}`;
    const file = join(home, 'post-mortem.md');
    writeFileSync(file, text);
    const [one, other] = [await cli('audit', 'replay', golden), await cli('audit', 'replay', file)];
    expect(other).toEqual(one);
    const asked = ['audit', 'unapproved', '--json', '--file'];
    const [whole, parts] = [await cli(...asked, golden), await cli(...asked, file)];
    expect(JSON.parse(parts.stdout)).toMatchObject({
      items: (JSON.parse(whole.stdout) as { readonly items: readonly object[] }).items,
    });
    writeFileSync(file, '# Post-mortem: a cell\n\nWords.\n');
    const none = await cli('audit', 'replay', file);
    expect([none.code, none.stderr]).toEqual([2, expect.stringContaining('holds no sealed export')]);
  });

  it('lists with --strict what was not made again, exit code 3, and a difference still has exit code 1', async () => {
    const ran = await cli('audit', 'replay', golden, '--strict');
    expect(ran.code).toBe(3);
    expect(ran.stdout).toMatch(
      /^not made again: trace 75: it comes from outside the log; first trace-demo:\S+ revision 0, position \d+ \(TraceImported\)$/m,
    );
    const { not_made_again: open, itself } = JSON.parse(
      (await cli('audit', 'replay', golden, '--strict', '--json')).stdout,
    ) as { readonly not_made_again: readonly object[]; readonly itself: object };
    expect(open).toContainEqual(expect.objectContaining({ kind: 'trace', count: 75 }));
    expect(itself).toMatchObject({ trace: 75 });
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const strict = join(home, 'strict.ndjson');
    const made = lines.filter((line) =>
      (JSON.parse(line) as { readonly stream: string }).stream.startsWith('bundle-demo:'),
    );
    writeFileSync(strict, made.join('\n'));
    expect((await cli('audit', 'replay', strict, '--strict')).code).toBe(0);
    writeFileSync(strict, made.toSpliced(1, 1).join('\n'));
    expect((await cli('audit', 'replay', strict, '--strict')).code).toBe(1);
  });

  it('replays a large file, which takes two threads, to the answer of a small one', async () => {
    const lines = readFileSync(golden, 'utf8').trimEnd().split('\n');
    const [small, large] = [join(home, 'small.ndjson'), join(home, 'large.ndjson')];
    // Empty lines are no events.
    const padding = `${' '.repeat(1024)}\n`.repeat(9 * 1024);
    for (const some of [lines, lines.toSpliced(Math.floor(lines.length / 2), 1), [...lines, 'no event']]) {
      writeFileSync(small, some.join('\n'));
      writeFileSync(large, `${padding}${some.join('\n')}`);
      const [one, other] = [small, large].map((file) => cli('audit', 'replay', file, '--json'));
      const [expected, found] = [await one!, await other!];
      expect(found.code).toBe(expected.code);
      if (some.at(-1) === 'no event') expect(found.stderr).toContain(`line ${9 * 1024 + some.length} `);
      else expect(JSON.parse(found.stdout)).toEqual(JSON.parse(expected.stdout));
    }
  });

  it('an export without events has no answer, exit code 2', async () => {
    const file = join(home, 'empty.ndjson');
    writeFileSync(file, '');
    for (const more of [[], ['--whole'], ['--json']]) {
      const ran = await cli('audit', 'replay', file, ...more);
      expect([more, ran.code, ran.stdout.includes('0')]).toEqual([more, 2, true]);
    }
    expect((await cli('audit', 'replay', file)).stdout).toContain('nothing was replayed');
  });

  it('reports streams that begin in the middle', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"ExecutionStarted"'));
    const file = join(home, 'late.ndjson');
    writeFileSync(file, lines.slice(place).join('\n'));
    const { stream, revision } = JSON.parse(lines[place]!) as {
      readonly stream: string;
      readonly revision: string;
    };
    expect((await cli('audit', 'replay', file)).stdout).toContain(`${stream} before revision ${revision}`);
  });

  it('names a changed decision, with exit code 1', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"GatesJudged"'));
    const file = join(home, 'tampered.ndjson');
    const event = JSON.parse(lines[place]!) as Judged;
    event.data.gates[0].verdict = 'fail';
    writeFileSync(file, lines.with(place, JSON.stringify(event)).join('\n'));
    const ran = await cli('audit', 'replay', file);
    expect(ran.code).toBe(1);
    expect(ran.stdout).toContain(`event ${event.id} (GatesJudged)`);
    expect(JSON.parse((await cli('audit', 'replay', file, '--json')).stdout)).toMatchObject({
      difference: { id: event.id },
    });
  });

  it('finds a mode that was loosened without an approved change, with exit code 1', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const last = JSON.parse(lines.findLast((line) => line.includes('"stream":"autonomy-demo:config"'))!) as {
      readonly revision: string;
      readonly metadata: object;
    };
    const {
      change: _change,
      command: _command,
      $causationId: _cause,
      ...metadata
    } = last.metadata as Record<string, unknown>;
    const command = '00000000-0000-4000-8000-000000000002';
    const forged = {
      ...last,
      id: '00000000-0000-4000-8000-000000000001',
      type: 'AutonomyModeSet',
      data: { mode: 'AUTO_EXECUTE' },
      position: '999999',
      revision: `${Number(last.revision) + 1}`,
      metadata: {
        ...metadata,
        $correlationId: command,
        command_id: command,
        command: { kind: 'SetMode', from: ['mode'], inputs: { key: {} } },
      },
    };
    const file = join(home, 'loosened.ndjson');
    writeFileSync(file, [...lines, JSON.stringify(forged)].join('\n'));
    for (const more of [[], ['--whole']]) {
      const ran = await cli('audit', 'replay', file, ...more);
      expect([more, ran.code]).toEqual([more, 1]);
      expect(ran.stdout).toContain(`event ${forged.id} (AutonomyModeSet)`);
      expect(ran.stdout).toContain('applies a change that people have approved');
    }
  });

  it('writes the derived states, from which anyone can compute the digest', async () => {
    const file = join(home, 'states.ndjson');
    const { code, stdout } = await cli('audit', 'replay', golden, '--whole', '--json', '--states', file);
    const { states } = JSON.parse(stdout) as {
      readonly states: { readonly count: number; readonly digest: string };
    };
    const lines = readFileSync(file, 'utf8')
      .trim()
      .split('\n')
      .map(
        (line) =>
          JSON.parse(line) as { readonly stream: string; readonly hash: string; readonly state: object },
      );
    expect([code, lines.length, statSync(file).mode & 0o777]).toEqual([0, states.count, 0o600]);
    expect(lines.map(({ hash }) => hash)).toEqual(lines.map(({ state }) => contentHash(state)));
    expect(
      sha256Hex(
        lines
          .map(({ stream, hash }) => `${stream} ${hash}\n`)
          .sort()
          .join(''),
      ),
    ).toBe(states.digest);
  });

  it('skips the seal of an export, which must be its last line', async () => {
    const file = join(home, 'sealed.ndjson');
    writeFileSync(file, `${readFileSync(golden, 'utf8').trim()}\n{"seal":{"any":1}}\n`);
    expect((await cli('audit', 'replay', file)).code).toBe(0);
    writeFileSync(file, `{"seal":{}}\n${readFileSync(golden, 'utf8')}`);
    expect(await cli('audit', 'replay', file)).toMatchObject({
      code: 1,
      stderr: 'interlock: line 2 follows the seal\n',
    });
  });

  it('names the leaves among which a file first differs from the checkpoints that the auditor has', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const honest = new Sealing(lines);
    const at = (name: string, size: number): string => {
      const path = join(home, name);
      writeFileSync(path, honest.checkpoint(size));
      writeFileSync(`${path}.tenants`, honest.tenants(size));
      return path;
    };
    const known = [60, 140, lines.length].flatMap((size) => ['--checkpoint', at(`at-${size}`, size)]);
    const replay = async (
      text: string,
      ...more: readonly string[]
    ): Promise<readonly [code: number, report: { readonly seal: Verification | null }]> => {
      const file = join(home, 'compared.ndjson');
      writeFileSync(file, text);
      const { code, stdout } = await cli('audit', 'replay', file, '--json', ...more);
      return [code, JSON.parse(stdout) as { readonly seal: Verification | null }];
    };
    const key = ['--key', verifierText(logKey)];
    expect(await replay(await honest.export(), ...key, ...known)).toMatchObject([
      0,
      { difference: null, seal: { faults: [], undecided: [] } },
    ]);
    expect(await replay(await honest.export())).toMatchObject([0, { seal: null }]);
    const place = lines.findIndex((line, i) => i > 60 && i < 140 && line.includes('"type":"TraceImported"'));
    const rewritten = new Sealing(
      lines.with(place, lines[place]!.replace(/"created":"[^"]+"/, '"created":"2026-11-19T00:00:00.000Z"')),
    );
    expect((await replay(await rewritten.export(), ...key, ...known))[1].seal).toMatchObject({
      faults: [{ kind: 'history', leaf: 60, count: 80 }],
    });
    const foreign = signerKey('log.example', 'note', new Uint8Array(32).fill(9));
    const [code, { seal }] = await replay(
      await new Sealing(lines, undefined, foreign).export(),
      ...key,
      ...known,
    );
    expect([code, seal!.faults.at(-1)!.what]).toEqual([
      1,
      expect.stringContaining('only the seal is at fault'),
    ]);
    expect((await cli('audit', 'replay', '--live', ...known)).code).toBe(2);
  });

  it('makes the actions of an export by correlation again, and says why it leaves the rest', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const log = new Sealing(lines);
    const events = lines.map(
      (line) => JSON.parse(line) as { type: string; metadata: { $correlationId: string } },
    );
    const of = (type: string): string => events.find((one) => one.type === type)!.metadata.$correlationId;
    const file = join(home, 'correlation.ndjson');
    const write = async (correlation: string): Promise<void> => {
      const runs: [first: number, count: number][] = [];
      for (const [index, { metadata }] of events.entries()) {
        if (metadata.$correlationId !== correlation) continue;
        const last = runs.at(-1);
        if (last !== undefined && last[0] + last[1] === index) last[1] += 1;
        else runs.push([index, 1]);
      }
      writeFileSync(file, await log.export(runs, lines.length, { correlation }));
    };
    await write(of('ActionCompleted'));
    const action = await cli('audit', 'replay', file);
    expect(action.code).toBe(0);
    expect(action.stdout).toMatch(/^gate +[1-9]\d* +0 +\d+$/m);
    await write(of('ChangeRequested'));
    const change = await cli('audit', 'replay', file);
    expect(change.code).toBe(2);
    expect(change.stdout).toContain('no decision was made again: ');
    expect(change.stdout).toContain('its stream has events of other correlations');
  });

  it.each([[[]], [['--nope']], [[golden, '--live']]])('%j is wrong use, exit code 2', async (args) => {
    expect((await cli('audit', 'replay', ...args)).code).toBe(2);
  });

  it.each([
    ['no file', 'nothing.ndjson', /there is no file/, 2],
    ['a folder', '.', /is a folder/, 2],
    ['what is not an export', 'runtime.json', /line 1 has no position/, 1],
  ])('%s is reported', async (_, file, finding, code) => {
    const ran = await cli('audit', 'replay', join(home, file));
    expect(ran.code).toBe(code);
    expect(ran.stderr).toMatch(finding);
  });

  it("reads compressed exports, and texts with other alphabets' line breaks", async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"DeviceRegistered"'));
    const device = JSON.parse(lines[place]!) as {
      data: { cells: { cell_id: string; neighbours: object[] }[] };
    };
    device.data.cells.push({ cell_id: 'a\u2028b\u2029c', neighbours: [] });
    const text = `${lines.with(place, JSON.stringify(device)).join('\n')}\n`;
    expect(text.split(/\u2028/)).toHaveLength(2);
    for (const [name, bytes] of [
      ['plain', text],
      ['zst', zstdCompressSync(text)],
      ['gz', gzipSync(text)],
    ] as const) {
      writeFileSync(join(home, `log.${name}`), bytes);
      expect([name, await cli('audit', 'replay', join(home, `log.${name}`))]).toEqual([
        name,
        expect.objectContaining({ code: 0, stderr: '' }),
      ]);
    }
    writeFileSync(join(home, 'log.cut'), gzipSync(text).subarray(0, 900));
    expect(await cli('audit', 'replay', join(home, 'log.cut'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/is damaged: it cannot be decompressed/),
    });
  });

  it.each([
    ['a byte order mark', '\uFEFF', /line 1 begins with a byte order mark/],
    ['bytes that are no UTF-8', Buffer.from([0x7b, 0xff, 0x0a]), /line 1 is not UTF-8/],
  ])('%s is reported', async (_, begin, finding) => {
    writeFileSync(join(home, 'odd.ndjson'), Buffer.concat([Buffer.from(begin), readFileSync(golden)]));
    expect(await cli('audit', 'replay', join(home, 'odd.ndjson'))).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(finding),
    });
  });

  it('prints nothing that controls the terminal, whatever an altered log contains', async () => {
    const lines = readFileSync(golden, 'utf8').trim().split('\n');
    const place = lines.findIndex((line) => line.includes('"type":"GatesJudged"'));
    const event = JSON.parse(lines[place]!) as Judged;
    event.id = `x${steering}`;
    event.data.gates[0].verdict = steering;
    writeFileSync(join(home, 'hostile.ndjson'), lines.with(place, JSON.stringify(event)).join('\n'));
    for (const more of [[], ['--json']]) {
      const { code, stdout } = await cli('audit', 'replay', join(home, 'hostile.ndjson'), ...more);
      expect([code, steers(stdout)]).toEqual([1, false]);
    }
  });
});

describe('interlock audit trace', () => {
  const events = readFileSync(golden, 'utf8')
    .trim()
    .split('\n')
    .map(
      (line) => JSON.parse(line) as { stream: string; type: string; data: { intent: { intent_id: string } } },
    );
  const { stream } = events.find(({ type }) => type === 'ActionRolledBack')!;
  const rolledBack = stream.slice(stream.indexOf(':') + 1);
  const { intent_id: intent } = events.find((event) => event.stream === stream)!.data.intent;

  it('prints the whole story of an exported action', async () => {
    const { code, stdout } = await cli('audit', 'trace', rolledBack, '--file', golden);
    expect(code).toBe(0);
    expect(stdout).toBe(
      readFileSync(join(root, 'libs', 'replay', 'test', 'traces', 'rolled-back.txt'), 'utf8'),
    );
  });

  it('prints JSON on request', async () => {
    const story = JSON.parse(
      (await cli('audit', 'trace', rolledBack, '--file', golden, '--json')).stdout,
    ) as { readonly state: string; readonly steps: readonly object[]; readonly missing: readonly string[] };
    expect([story.state, story.steps.length > 25, story.missing.length]).toEqual(['ROLLED_BACK', true, 0]);
  });

  it('finds an action by a prefix of its id, and by the id of its intent', async () => {
    const whole = await cli('audit', 'trace', rolledBack, '--file', golden);
    expect(await cli('audit', 'trace', rolledBack.slice(0, 6), '--file', golden)).toEqual(whole);
    expect(await cli('audit', 'trace', intent, '--file', golden)).toEqual(whole);
    const ran = await cli('audit', 'trace', rolledBack.slice(0, 1), '--file', golden);
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(/^interlock: `\w` is several actions: /);
    expect(ran.stderr).toContain(rolledBack);
  });

  it('reports an unknown action, and wrong use', async () => {
    expect(await cli('audit', 'trace', 'nobody', '--file', golden)).toMatchObject({
      code: 1,
      stdout: '',
      stderr: `interlock: ${golden} holds no action nobody\n`,
    });
    expect((await cli('audit', 'trace')).code).toBe(2);
  });
});
