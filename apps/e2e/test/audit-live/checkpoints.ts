import { readdirSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { tenant } from '../names.js';
import type { World } from '../world.js';

export const checkpointCases = (world: World): void => {
  const ask = async (
    path: string,
    of = tenant,
  ): Promise<{ readonly status: number; readonly text: string }> => {
    const { stdout } = await world.stack.cli('token', '--tenant', of, '--scope', 'AUDIT_READ');
    const response = await fetch(`${world.stack.runtime.http}/api/v1/audit${path}`, {
      headers: { authorization: `Bearer ${stdout.trim()}` },
    });
    return { status: response.status, text: await response.text() };
  };

  describe('the running stack', () => {
    it('signs its log with its own key, which only its owner can read', async () => {
      const checkpoint = await until(async () => {
        const { status, text } = await ask('/checkpoint');
        return status === 200 && text;
      }, 'the log is signed');
      expect(checkpoint).toMatch(
        /^interlock\.local\/tree\n[1-9]\d*\n[A-Za-z0-9+/]{43}=\ntenants [1-9]\d* [A-Za-z0-9+/]{43}=\n\n— interlock\.local\/tree /,
      );
      expect(statSync(join(world.stack.home, 'audit', 'keys', '1.pem')).mode & 0o777).toBe(0o600);
      const { stdout } = await world.stack.cli('audit', 'keys', 'show');
      expect(JSON.parse((await ask('/keys')).text)).toMatchObject({ keys: [stdout.trim().split(/ +/)[1]] });
    });

    it('copies every checkpoint into its home', async () => {
      const mirror = join(world.stack.home, 'audit', 'mirror');
      const folder = join(mirror, 'interlock.local_tree');
      const latest = await until(
        () =>
          readdirSync(mirror).includes('interlock.local_tree') &&
          readFileSync(join(folder, 'latest'), 'utf8'),
        'the mirror has it',
      );
      expect(latest.startsWith('interlock.local/tree\n')).toBe(true);
      await until(
        () => readFileSync(join(folder, 'latest.tenants'), 'utf8').includes(`"tenant":"${tenant}"`),
        "the tenant's head stands beside it",
      );
    });

    it('exports its log sealed, and continues after kill -9', async () => {
      const first = (await ask('/export')).text.trim().split('\n');
      expect(first.at(-1)).toMatch(/^\{"seal":\{"checkpoint":/);
      await world.killAll();
      await world.start();
      const again = (await ask('/export')).text.trim().split('\n');
      const events = first.filter((line) => !line.startsWith('{"seal"'));
      expect(again.slice(0, events.length)).toEqual(events);
      expect((await fetch(`${world.stack.runtime.http}/health/ready`)).status).toBe(200);
    });
  });
};
