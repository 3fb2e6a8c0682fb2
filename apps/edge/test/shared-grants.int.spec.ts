import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { Grant } from '../src/console/oidc.js';
import { SharedGrants } from '../src/console/shared-grants.js';

const root = mkdtempSync(join(tmpdir(), 'interlock-shared-grants-'));
afterAll(() => rmSync(root, { recursive: true, force: true }));
const nowS = (): number => Date.now() / 1000;
const grant = (access: string, renew: number): Grant => ({ access, renew, refresh: `refresh of ${access}` });
const old = grant('old', nowS() - 1);
const next = grant('next', nowS() + 600);
const plain = {
  seal: (_id: string, of: Grant): Promise<string> => Promise.resolve(JSON.stringify(of)),
  open: (text: string): Promise<Grant> => Promise.resolve(JSON.parse(text) as Grant),
};
const edgeOn = (folder: string): SharedGrants => new SharedGrants(join(root, folder), plain, 3600);
const isOpen = (): void => undefined;
/** A provider that answers on command, and counts the requests. */
const providerOf = (
  answer: () => Promise<Grant>,
): { asked: Grant[]; refresh: (of: Grant) => Promise<Grant> } => {
  const asked: Grant[] = [];
  return {
    asked,
    refresh: (of) => {
      asked.push(of);
      return answer();
    },
  };
};

describe('the tokens that edges share', () => {
  it('are refreshed once, however many edges ask at the same time', async () => {
    const { asked, refresh } = providerOf(() => Promise.resolve(next));
    const each = Array.from({ length: 5 }, () =>
      edgeOn('once').newest({ id: 's', known: old, refresh, requireOpen: isOpen }),
    );
    expect(await Promise.all(each)).toEqual(each.map(() => next));
    expect(asked).toEqual([old]);
    expect(await edgeOn('once').held('s')).toEqual(next);
    expect(await edgeOn('once').held('other')).toBeUndefined();
  });

  it('are not refreshed while they are valid, and the newest are refreshed next', async () => {
    const { asked, refresh } = providerOf(() => Promise.resolve(next));
    const middle = grant('middle', nowS() - 0.5);
    const shared = edgeOn('newest');
    await shared.newest({ id: 's', known: old, refresh: () => Promise.resolve(middle), requireOpen: isOpen });
    expect(await shared.newest({ id: 's', known: next, refresh, requireOpen: isOpen })).toEqual(next);
    expect(asked).toEqual([]);
    expect(await shared.newest({ id: 's', known: old, refresh, requireOpen: isOpen })).toEqual(next);
    expect(asked).toEqual([middle]);
  });

  it('are requested again by the next edge if the provider did not answer, but not for an ended session', async () => {
    const shared = edgeOn('again');
    const away = providerOf(() => Promise.reject(new Error('away')));
    const asks = { id: 's', known: old, requireOpen: isOpen };
    await expect(shared.newest({ ...asks, refresh: away.refresh })).rejects.toThrow('away');
    const { asked, refresh } = providerOf(() => Promise.resolve(next));
    const over = (): void => {
      throw new Error('it has ended');
    };
    await expect(shared.newest({ ...asks, refresh, requireOpen: over })).rejects.toThrow('it has ended');
    expect(asked).toEqual([]);
    expect(await shared.newest({ ...asks, refresh })).toEqual(next);
  });

  it('are refreshed by another edge if the one that claimed it is gone', async () => {
    mkdirSync(join(root, 'gone'));
    const left = { grant: JSON.stringify(old), asked_until: nowS() - 0.001 };
    writeFileSync(join(root, 'gone', 's.1'), JSON.stringify(left));
    const { refresh } = providerOf(() => Promise.resolve(next));
    const asks = { id: 's', known: grant('first', 0), refresh, requireOpen: isOpen };
    expect(await edgeOn('gone').newest(asks)).toEqual(next);
  });

  it('are dropped with their session, at its end or after the longest life of a session', async () => {
    const { refresh } = providerOf(() => Promise.resolve(next));
    const shared = edgeOn('tidy');
    for (const id of ['s', 's2']) await shared.newest({ id, known: old, refresh, requireOpen: isOpen });
    shared.drop('s');
    const names = readdirSync(join(root, 'tidy'));
    expect(names.sort()).toEqual(['s2.1', 's2.2']);
    for (const name of names) utimesSync(join(root, 'tidy', name), nowS() - 3700, nowS() - 3700);
    await edgeOn('tidy').newest({ id: 's3', known: old, refresh, requireOpen: isOpen });
    expect(readdirSync(join(root, 'tidy')).sort()).toEqual(['s3.1', 's3.2']);
  });
});
