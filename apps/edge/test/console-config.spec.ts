import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from '@jest/globals';
import type { RecordPersonAnswer } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { consoleFrom } from '../src/main.js';

const folder = mkdtempSync(join(tmpdir(), 'interlock-edge-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const auth = { issuer: 'https://id.example', audience: 'interlock', jwks: { keys: [] } };
const key = 'ab'.repeat(32);
const record = (): Promise<RecordPersonAnswer> => Promise.resolve({ recorded: [], requested: [] });
const full = {
  INTERLOCK_PUBLIC_URL: 'https://interlock.example',
  INTERLOCK_OIDC_CLIENT_ID: 'console',
  EDGE_SESSION_KEY: key,
  EDGE_STATE_DIR: join(folder, 'state'),
};
const violationsOf = (environment: { readonly [name: string]: string }): readonly string[] => {
  try {
    consoleFrom(environment, 'site', auth, record);
    return [];
  } catch (error) {
    if (!isProblem(error)) throw error;
    return (error.violations ?? []).map(({ pointer }) => pointer);
  }
};

describe('the console of a standalone edge', () => {
  it('has no login if no client is named', () =>
    expect(consoleFrom({}, 'site', auth, record)).toEqual({ site: 'site' }));

  it('has a login by the issuer of the tokens, with cookies for HTTPS only if browsers use that', () => {
    expect(consoleFrom({ ...full, INTERLOCK_OIDC_CLI_CLIENT_ID: 'cli' }, 'site', auth, record)).toMatchObject(
      {
        https: true,
        login: {
          keys: [Buffer.from(key, 'hex')],
          sessionS: 43_200,
          record,
          provider: {
            issuer: 'https://id.example',
            clientId: 'console',
            publicUrl: 'https://interlock.example',
            scope: 'openid profile offline_access',
            device: { clientId: 'cli' },
          },
        },
      },
    );
    const plain = { ...full, INTERLOCK_PUBLIC_URL: 'http://localhost:8080' };
    expect(consoleFrom(plain, 'site', auth, record)).toMatchObject({ https: false });
  });

  it('names everything that is missing or wrong', () => {
    expect(violationsOf({ INTERLOCK_OIDC_CLIENT_ID: 'console' })).toEqual([
      '/INTERLOCK_PUBLIC_URL',
      '/EDGE_SESSION_KEY',
    ]);
    const wrong = {
      ...full,
      INTERLOCK_PUBLIC_URL: 'https://interlock.example/path',
      EDGE_SESSION_KEY: 'short',
    };
    expect(violationsOf(wrong)).toEqual(['/INTERLOCK_PUBLIC_URL', '/EDGE_SESSION_KEY']);
  });
});
