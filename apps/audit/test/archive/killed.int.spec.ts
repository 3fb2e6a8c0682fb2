import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readdirSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { DirectoryStore, verifyArchive } from '@interlock/archive';
import { buildApps, until } from '@interlock/testing';
import { MemoryTree } from './memory-tree.js';

const script = fileURLToPath(new URL('archive-process.mjs', import.meta.url));
const home = mkdtempSync(join(tmpdir(), 'interlock-killed-'));
const directory = join(home, 'archive');
const keys = new MemoryTree().known;
const total = 1250;

const files = (folder: string): readonly string[] => {
  try {
    return readdirSync(join(directory, folder));
  } catch {
    return [];
  }
};

beforeAll(async () => {
  await buildApps('apps/audit');
  mkdirSync(`${directory}.temporary`);
});
afterAll(() => rmSync(home, { recursive: true, force: true }));

describe('an archiver that is killed', () => {
  it('twenty times, wherever it was, leaves an archive that is whole, and the next goes on with it', async () => {
    const seen: number[] = [];
    for (let life = 0; life < 20; life += 1) {
      const before = files('segments').length;
      const child = spawn(process.execPath, [script, directory, `${total}`], {
        stdio: ['ignore', 'pipe', 'inherit'],
      });
      const ended = once(child, 'exit');
      let said = '';
      child.stdout.on('data', (chunk: Buffer) => {
        said += chunk.toString();
      });
      // Each life is ended at another place: while a file is being written, once one more lies
      // there, once two do.
      await until(
        () =>
          said.includes('done') ||
          (life % 3 === 0
            ? said.includes('archiving') && files('.writing').length > 0
            : files('segments').length >= before + (life % 3)),
        'it has written something',
      );
      child.kill('SIGKILL');
      await ended;
      const report = await verifyArchive(new DirectoryStore(directory), { keys });
      expect([
        life,
        report.faults,
        report.undecided.every((text) => text.includes('has no manifest') || text.includes('is empty')),
      ]).toEqual([life, [], true]);
      seen.push(report.next);
    }
    expect(seen).toEqual([...seen].sort((a, b) => a - b));
    const { stdout } = await promisify(execFile)(process.execPath, [script, directory, `${total}`]);
    expect(stdout).toBe('archiving\ndone\n');
    expect(await verifyArchive(new DirectoryStore(directory), { keys })).toMatchObject({
      verified: true,
      next: total,
      segments: total / 50,
    });
    expect(files('.writing')).toEqual([]);
  });
});
