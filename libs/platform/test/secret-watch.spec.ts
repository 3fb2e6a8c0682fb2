import { mkdirSync, mkdtempSync, rmSync, utimesSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from '@jest/globals';
import type { RecordSecretsRequest } from '@interlock/contracts';
import { placedSecrets, SecretWatch } from '../src/index.js';

const root = mkdtempSync(join(tmpdir(), 'secrets-'));
afterAll(() => rmSync(root, { recursive: true }));

let directory: string;
let serial = 0;
const written = new Date('2026-01-01T00:00:00.000Z');
const put = (tenant: string, name: string, destinations: string, at = written): void => {
  const path = join(directory, tenant, name);
  mkdirSync(join(path, '..'), { recursive: true });
  writeFileSync(path, 'a-very-secret-value\n');
  writeFileSync(`${path}.for`, destinations);
  utimesSync(path, at, at);
};
const places = (environment = {}) => ({ directory, prefix: 'DEVICE_', environment });
const logger = { warn: () => undefined };

beforeEach(() => {
  directory = join(root, `${(serial += 1)}`);
});

describe('the secrets that a service finds', () => {
  it('are the files in the folders of tenants and the variables with the prefix, never a value', () => {
    put('demo', 'gnb-1', '192.0.2.1:830\nSHA256:abc\n');
    put('demo', 'north/gnb-2', '');
    put('other', 'gnb-1', 'a.example');
    mkdirSync(join(directory, 'No Tenant'));
    writeFileSync(join(directory, 'No Tenant', 'x'), 'y');
    const found = placedSecrets(
      places({
        DEVICE_RAN_5FNORTH__GNB: 'a-very-secret-value',
        DEVICE_RAN_5FNORTH__GNB__FOR: 'b.example',
        OTHER_DEMO__X: 'a-very-secret-value',
      }),
    );
    expect(Object.fromEntries(found)).toEqual({
      demo: [
        {
          reference: 'file:gnb-1',
          destinations: ['192.0.2.1:830', 'SHA256:abc'],
          changed_at: written.toISOString(),
        },
        { reference: 'file:north/gnb-2', destinations: [], changed_at: written.toISOString() },
      ],
      other: [{ reference: 'file:gnb-1', destinations: ['a.example'], changed_at: written.toISOString() }],
      ran_north: [
        { reference: 'env:DEVICE_RAN_5FNORTH__GNB', destinations: ['b.example'], changed_at: null },
      ],
    });
    expect(JSON.stringify([...found])).not.toContain('very-secret');
  });

  it('are none where there is no directory', () => {
    expect([...placedSecrets(places())]).toEqual([]);
    expect([...placedSecrets({ ...places(), directory: undefined })]).toEqual([]);
  });
});

describe('a service that looks for secrets', () => {
  const watching = (answers: readonly boolean[] = []) => {
    const recorded: Omit<RecordSecretsRequest, 'request_id'>[] = [];
    const left = [...answers];
    const watch = new SecretWatch(
      places(),
      ({ request_id: _id, ...request }) => {
        if (left.shift() === false) return Promise.reject(new Error('audit is away'));
        recorded.push(request);
        return Promise.resolve();
      },
      logger,
    );
    return { told: recorded, watch };
  };

  it('tells what it finds once, and again when it changed or is gone', async () => {
    const { told: recorded, watch } = watching();
    put('demo', 'gnb-1', 'a.example');
    await watch.look();
    await watch.look();
    expect(recorded).toHaveLength(1);
    put('demo', 'gnb-1', 'a.example', new Date('2026-01-02T00:00:00.000Z'));
    await watch.look();
    rmSync(join(directory, 'demo'), { recursive: true });
    await watch.look();
    expect(
      recorded.map(({ tenant_id, secrets }) => [tenant_id, secrets.map((one) => one.changed_at)]),
    ).toEqual([
      ['demo', ['2026-01-01T00:00:00.000Z']],
      ['demo', ['2026-01-02T00:00:00.000Z']],
      ['demo', []],
    ]);
  });

  it('tells again what audit did not take', async () => {
    const { told: recorded, watch } = watching([false]);
    put('demo', 'gnb-1', 'a.example');
    await watch.look();
    expect(recorded).toEqual([]);
    await watch.look();
    expect(recorded).toHaveLength(1);
  });
});
