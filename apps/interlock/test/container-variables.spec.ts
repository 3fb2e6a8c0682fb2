import { describe, expect, it } from '@jest/globals';
import { isProblem } from '@interlock/kernel';
import {
  databaseUrl,
  poolMaxIn,
  replicasIn,
  withSecretFiles,
  type Environment,
} from '../src/container/variables.js';

const files: { readonly [name: string]: string } = { '/pw': 'p@ss:w/rd %25?#"\n', '/empty': '\n' };
const read = (file: string): string => {
  const text = files[file];
  if (text === undefined) throw new Error('no such file');
  return text;
};
const refusalOf = (work: () => unknown): readonly string[] => {
  try {
    work();
    return [];
  } catch (error) {
    if (!isProblem(error)) throw error;
    return (error.violations ?? [{ pointer: error.detail, detail: '' }]).map(({ pointer }) => pointer);
  }
};

describe('the secrets of a container', () => {
  it('come from files, without the last line break', () => {
    const environment = withSecretFiles({ NATS_PASSWORD_FILE: '/pw', LOG_LEVEL: 'warn' }, read);
    expect(environment).toMatchObject({ NATS_PASSWORD: 'p@ss:w/rd %25?#"', LOG_LEVEL: 'warn' });
  });

  it('are refused with every fault at once: set twice, unreadable, empty', () => {
    const environment: Environment = {
      NATS_PASSWORD: 'x',
      NATS_PASSWORD_FILE: '/pw',
      HMAC_SECRET_FILE: '/gone',
      EDGE_SESSION_KEY_FILE: '/empty',
    };
    expect([...refusalOf(() => withSecretFiles(environment, read))].sort()).toEqual([
      '/EDGE_SESSION_KEY_FILE',
      '/HMAC_SECRET_FILE',
      '/NATS_PASSWORD_FILE',
    ]);
  });

  it('never appear in a refusal', () => {
    try {
      withSecretFiles({ NATS_PASSWORD: 'sesame', NATS_PASSWORD_FILE: '/pw' }, read);
      throw new Error('accepted');
    } catch (error) {
      expect(JSON.stringify(error)).not.toContain('sesame');
    }
  });
});

describe("the database's address", () => {
  const at = { DATABASE_URL: 'postgres://interlock_audit@postgres:5432/interlock' };

  it('carries a password of any characters', () => {
    const url = databaseUrl({ ...at, DATABASE_PASSWORD: 'a@b:c/d?e#f %' });
    expect(decodeURIComponent(new URL(url).password)).toBe('a@b:c/d?e#f %');
    expect(new URL(url).host).toBe('postgres:5432');
  });

  it('is refused with two passwords, and without an address', () => {
    const two = { DATABASE_URL: 'postgres://a:b@c/d', DATABASE_PASSWORD: 'e' };
    expect(refusalOf(() => databaseUrl(two))).toHaveLength(1);
    expect(refusalOf(() => databaseUrl({}))).toEqual(['/DATABASE_URL']);
  });

  it('is refused without its password where it is malformed', () => {
    const malformed = { DATABASE_URL: 'postgres://a:hunter2@host:port/d' };
    expect(refusalOf(() => databaseUrl(malformed))).toEqual(['/DATABASE_URL']);
    const refused = (): unknown => databaseUrl(malformed);
    expect(refused).toThrow(expect.not.objectContaining({ input: expect.anything() }));
    expect(refused).not.toThrow(/hunter2/);
  });
});

describe('the numbers of a container', () => {
  it('have defaults, and are whole numbers', () => {
    expect(poolMaxIn({})).toBe(40);
    expect(poolMaxIn({ DATABASE_POOL_MAX: '12' })).toBe(12);
    expect(replicasIn({ SAFETY_RAILS_REPLICAS: '3' }, 'safety-rails')).toBe(3);
    for (const text of ['0', '-1', '1.5', 'many'])
      expect(refusalOf(() => poolMaxIn({ DATABASE_POOL_MAX: text }))).toEqual(['/DATABASE_POOL_MAX']);
  });
});
