import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';

import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';

import { withLock } from '../run/lock.mjs';

let folder = '';
let file = '';
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'interlock-lock-'));
  file = join(folder, 'deep/work.lock');
});
afterEach(() => rmSync(folder, { recursive: true }));

describe('a lock', () => {
  it('lets one worker in at a time, and names the holder once', async () => {
    const order: string[] = [];
    const waitedFor: number[] = [];
    let finish: () => void = () => undefined;
    const first = withLock(file, async () => {
      order.push('first begins');
      await new Promise<void>((resolve) => (finish = resolve));
      order.push('first ends');
    });
    const second = withLock(
      file,
      () => {
        order.push('second');
        return Promise.resolve('done');
      },
      {
        onWait: (pid) => {
          waitedFor.push(pid);
          finish();
        },
        pollMs: 1,
      },
    );
    expect(await second).toBe('done');
    await first;
    expect(order).toEqual(['first begins', 'first ends', 'second']);
    expect(waitedFor).toEqual([process.pid]);
    expect(existsSync(file)).toBe(false);
  });

  it('is released when the work fails', async () => {
    await expect(withLock(file, () => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    expect(await withLock(file, () => Promise.resolve(1))).toBe(1);
  });

  it('of a dead process is taken over', async () => {
    const child = spawn(process.execPath, ['--version'], { stdio: 'ignore' });
    await once(child, 'exit');
    await withLock(file, () => Promise.resolve());
    writeFileSync(file, String(child.pid));
    const waitedFor: number[] = [];
    expect(
      await withLock(file, () => Promise.resolve('mine'), { onWait: (pid) => waitedFor.push(pid) }),
    ).toBe('mine');
    expect(waitedFor).toEqual([]);
  });

  it('that cannot be made is an error instead of a wait', async () => {
    writeFileSync(join(folder, 'deep'), '');
    await expect(withLock(file, () => Promise.resolve())).rejects.toThrow();
  });
});
