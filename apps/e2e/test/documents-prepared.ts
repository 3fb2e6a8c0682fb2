import { existsSync, mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@interlock/testing';
import { bundle, type Prepared, type Reader } from './documents-reader.js';
import type { Stack } from './stack.js';

type Prepare = (reader: Reader) => Prepared | Promise<Prepared>;

const action = async (id: Promise<string>): Promise<Prepared> => ({
  words: { ACTION_ID: await id, ID: await id },
});
const ofAlert =
  (...list: readonly string[]): Prepare =>
  async (reader) => ({ words: { ID: await reader.first(...list), NAME: 'ann' } });
const anAlert = ofAlert('alerts', 'list', '--limit', '1');
const ofIncident: Prepare = async (reader) => ({ words: { ID: await reader.first('incidents', 'list') } });
const keysOf = (reader: Reader): string => join(reader.stack.home, 'audit/keys/1.vkey');

const ofPerson: Prepare = async (reader) => {
  await reader.interlock('--as', 'ann@example.net', 'inbox');
  return {};
};

/** The preparations by document and line; the first match applies. Most lines need none. */
export const prepared: { readonly [document: string]: readonly (readonly [RegExp, Prepare])[] } = {
  'docs/auditing.md': [
    [/audit replay --strict/, () => ({ code: 3 })],
    [/export --stream/, (reader) => action(reader.first('actions', 'list', '--state', 'COMPLETED'))],
    [
      /audit verify january/,
      async (reader) => {
        await reader.interlock(
          'audit',
          'export',
          '--until',
          '60',
          '-o',
          join(reader.folder, 'january.ndjson'),
        );
        await reader.interlock(
          'audit',
          'export',
          '--after',
          '60',
          '-o',
          join(reader.folder, 'february.ndjson'),
        );
        return { words: { '1.vkey': keysOf(reader) } };
      },
    ],
    [
      /audit verify --mirror/,
      (reader) => ({ words: { '/mnt/mirror': join(reader.stack.home, 'audit/mirror') } }),
    ],
    [/audit verify/, (reader) => ({ words: { '1.vkey': keysOf(reader) } })],
    [
      /audit trace INTENT_ID/,
      async (reader) => {
        const id = await reader.first('actions', 'list', '--state', 'COMPLETED');
        const { intent_id } = JSON.parse(await reader.interlock('actions', 'show', id, '--json')) as {
          readonly intent_id: string;
        };
        return { words: { INTENT_ID: intent_id } };
      },
    ],
    [/audit trace/, (reader) => action(reader.first('actions', 'list', '--state', 'COMPLETED'))],
  ],
  'docs/operating.md': [
    [/changes approve CHANGE_ID +#/, async (reader) => ({ ...(await reader.proposed()), asks: true })],
    [/changes (?:get|approve|reject)/, (reader) => reader.proposed()],
    [/actions show ACTION_ID/, (reader) => action(reader.asked())],
    [
      /actions approve ACTION_ID --digest/,
      async (reader) => {
        const id = reader.goesOn(await reader.asked());
        return { words: { ACTION_ID: id, DIGEST: (await reader.view(id)).approval!.digest } };
      },
    ],
    [
      /actions approve/,
      async (reader) => ({ words: { ACTION_ID: reader.goesOn(await reader.asked()) }, asks: true }),
    ],
    [/actions confirm/, async (reader) => ({ words: { ACTION_ID: await reader.inWindow() }, asks: true })],
    [/actions extend/, (reader) => action(reader.inWindow())],
    [/actions (?:reject|cancel)/, (reader) => action(reader.asked())],
    [
      /actions rollback ACTION_ID --digest/,
      async (reader) => {
        const id = await reader.completed();
        const { stdout } = await reader.stack.cli('--as', 'ann', 'actions', 'rollback', id);
        return { words: { ACTION_ID: id, DIGEST: /^digest ([0-9a-f]{64})$/m.exec(stdout)?.[1] ?? '' } };
      },
    ],
    [/actions rollback/, async (reader) => ({ words: { ACTION_ID: await reader.completed() }, asks: true })],
    [/127\.0\.0\.1:8080/, ({ stack }) => ({ words: { 'http://127.0.0.1:8080': stack.runtime.http } })],
    [/--watch/, () => ({ code: 124 })],
    [/audit keys new/, (reader) => ({ words: { '/srv/audit-keys': join(reader.folder, 'audit-keys') } })],
    [
      /policy sign/,
      async (reader) => {
        reader.write('bundle.json', bundle('1.3.9', 'A failover of low risk is routine'));
        reader.write('public.json', await reader.get('/api/v1/policy/signing/keys', 'POLICY_READ'));
        return { words: { '/srv/bundle-keys.json': join(reader.stack.home, 'secrets/bundle-keys.json') } };
      },
    ],
    [
      /policy lint bundle\.json --format/,
      (reader) => {
        reader.write('bundle.json', bundle('1.4.0', 'A failover is routine'));
        reader.write('released.json', bundle('1.3.0', 'A failover is routine'));
        reader.write('action-types.json', { items: [] });
        reader.write('lint-settings.json', {});
        reader.write('cases.json', [
          { agent: 'ran-optimizer', action: 'cell_failover', context: {}, expect: 'allow' },
        ]);
        return {};
      },
    ],
    [
      /policy adopt/,
      async (reader) => {
        reader.write('of-service.json', bundle('1.5.0', 'A failover is routine'));
        await reader.interlock('policy', 'push', join(reader.folder, 'of-service.json'));
        return { words: { '1.4.0': '1.5.0', HASH: await reader.digestOf('1.5.0') } };
      },
    ],
    [
      /policy activate/,
      async (reader) => {
        await reader.approved('1.4.0');
        return { asks: true };
      },
    ],
    [
      /kill-switch receipt/,
      async (reader) => ({ words: { USE_ID: await reader.first('kill-switch', 'status') } }),
    ],
    [/privacy (?:export|erase)/, ofPerson],
    [/relay rebuild(?! --yes)/, () => ({ code: 2 })],
    [/tenants/, () => ({ words: { TENANT: 'globex', NAME: 'ann' } })],
    [
      /secrets put/,
      (reader) => {
        reader.write('password', 'a password');
        return { words: { 'SHA256:FINGERPRINT': `SHA256:${'A'.repeat(43)}` } };
      },
    ],
  ],
  'docs/privacy.md': [[/privacy (?:export|erase)/, ofPerson]],
  'docs/plans.md': [
    [
      /degrade/,
      async (reader) => {
        await reader.degrade('cell-005-1');
        return {};
      },
    ],
    [
      /plans approve/,
      async (reader) => {
        await until(
          async () => (await reader.interlock('plans', 'list', '--limit', '1')).includes('AWAITING_APPROVAL'),
          'the plan asks',
        );
        return { asks: true };
      },
    ],
  ],
};

/** Alerts and incidents of the demo for the runbooks. */
export const ofRunbook: readonly (readonly [RegExp, Prepare])[] = [
  [
    /policy rollback/,
    async (reader) => {
      await reader.canary();
      return { words: { NAME: 'ann' } };
    },
  ],
  [
    /break-glass create/,
    (reader) => {
      rmSync(join(reader.folder, 'break-glass-safe.jwk'), { force: true });
      return { words: { '/media/key': reader.folder } };
    },
  ],
  [
    /break-glass/,
    async (reader) => {
      const key = join(reader.folder, 'break-glass-safe.jwk');
      if (!existsSync(key)) await reader.interlock('break-glass', 'create', 'safe', '-o', key);
      return {
        words: { '/media/key': reader.folder, 'https://interlock.example': reader.stack.runtime.http },
      };
    },
  ],
  [/changes get/, (reader) => reader.proposed()],
  [/oncall override/, (reader) => reader.rota()],
  [/incidents/, ofIncident],
  [/channels test/, () => ({ words: { ID: 'demo-receiver' } })],
  [
    /actions confirm ID/,
    async (reader) => ({ words: { ID: await reader.inWindow(), NAME: 'ann' }, asks: true }),
  ],
  [
    /actions approve ID/,
    async (reader) => ({ words: { ID: await reader.asked(), NAME: 'ann' }, asks: true }),
  ],
  [/actions (?:reject|show) ID/, async (reader) => ({ words: { ID: await reader.asked(), NAME: 'ann' } })],
  [/alerts ack/, ofAlert('alerts', 'list', '--status', 'firing')],
  [/alerts \w+ ID/, anAlert],
  [/NAME/, () => ({ words: { NAME: 'ann' } })],
];

/** Makes the folder of a document. */
export const folderOf = (stack: Stack, document: string): string => {
  const folder = join(stack.home, `documents-${document.replaceAll(/[^a-z_]+/g, '-')}`);
  mkdirSync(folder, { mode: 0o700 });
  return folder;
};
