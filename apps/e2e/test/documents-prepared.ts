import { existsSync, mkdirSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { until } from '@interlock/testing';
import type { Network } from './network.js';
import type { Stack } from './stack.js';

/** The preparation of a document's line. `words`: the reader's replacements for its words. */
export type Prepared = {
  readonly words?: { readonly [word: string]: string };
  /** The exit code in the document; default 0. */
  readonly code?: number;
  /** True if it asks on the terminal; the answer is yes. */
  readonly asks?: true;
};
type Prepare = (reader: Reader) => Prepared | Promise<Prepared>;
type View = {
  readonly state: string;
  readonly approval: { readonly digest: string } | null;
};

/** A reader of the documents with a running demo and a folder of their own. */
export class Reader {
  readonly #approved: string[] = [];

  constructor(
    readonly stack: Stack,
    readonly folder: string,
    private readonly network: Network,
    private readonly spare: string[],
  ) {}

  /** The command line's output. Throws if it fails. */
  async interlock(...args: readonly string[]): Promise<string> {
    const { code, stdout, stderr } = await this.stack.cli(...args);
    if (code !== 0) throw new Error(`interlock ${args.join(' ')}: ${stdout}${stderr}`);
    return stdout.trim();
  }

  write(name: string, content: string | object): void {
    writeFileSync(join(this.folder, name), typeof content === 'string' ? content : JSON.stringify(content), {
      mode: 0o600,
    });
  }

  view(id: string): Promise<View> {
    return this.interlock('actions', 'show', id, '--json').then((text) => JSON.parse(text) as View);
  }

  async reaches(id: string, state: string): Promise<View> {
    return until(async () => {
      const view = await this.view(id);
      return view.state === state && view;
    }, `action ${id} is ${state}`);
  }

  async #call(path: string, scope: string, body?: object): Promise<string> {
    const response = await fetch(`${this.stack.runtime.http}${path}`, {
      method: body === undefined ? 'GET' : 'POST',
      headers: {
        authorization: `Bearer ${await this.interlock('token', '--tenant', 'demo', '--scope', scope)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return text;
  }

  get(path: string, scope: string): Promise<string> {
    return this.#call(path, scope);
  }

  /** Makes a cell perform badly. */
  degrade(cell: string): Promise<unknown> {
    return this.network.degrade(cell);
  }

  /** An action on an unused cell that has reached a state. */
  async action(over: object, state: string): Promise<string> {
    const cell = this.spare.shift();
    if (cell === undefined) throw new Error('no cell is left');
    await this.network.degrade(cell);
    const intent = {
      intent_id: `documents-${cell}`,
      tenant_id: 'demo',
      account_id: 'ran-north',
      agent: 'ran-optimizer',
      action_type: 'cell_failover',
      entity_id: cell,
      parameters: { power_raise_db: 3, cell_individual_offset: 3 },
      affected_entity_count: 3,
      confidence_score: 0.95,
      risk_level: 'LOW',
      lifecycle_state: 'ACTIVE',
      ...over,
    };
    const answer = await this.#call('/api/v1/autonomous/actions', 'AUTONOMOUS_SUBMIT', intent);
    const { action_id: id } = JSON.parse(answer) as { readonly action_id: string };
    await this.reaches(id, state);
    return id;
  }

  /** An action that waits for approval, because its agent's confidence is too low. */
  asked(): Promise<string> {
    return this.action({ confidence_score: 0.6 }, 'AWAITING_APPROVAL');
  }

  /** An action in a confirmation window, by a policy of the demo. */
  inWindow(): Promise<string> {
    return this.action(
      { parameters: { power_raise_db: 3, cell_individual_offset: 6 } },
      'AWAITING_CONFIRMATION',
    );
  }

  /** Remembers a running action, so that it can be rolled back later. */
  goesOn(id: string): string {
    this.#approved.push(id);
    return id;
  }

  async completed(): Promise<string> {
    const id = this.#approved.shift();
    if (id === undefined) throw new Error('no action went on');
    await this.reaches(id, 'COMPLETED');
    return id;
  }

  async digestOf(version: string): Promise<string> {
    const text = await this.interlock('policy', 'show', version, '--json');
    return (JSON.parse(text) as { readonly bundle_hash: string }).bundle_hash;
  }

  /** Approves a bundle as another person than its author, who has read its flip list. */
  async approved(version: string): Promise<void> {
    const { flip_list_hash: flips } = JSON.parse(
      await this.interlock('--as', 'ben', 'policy', 'flips', version, '--json'),
    ) as { readonly flip_list_hash: string };
    const read = ['--digest', await this.digestOf(version), '--flips', flips, '--note', 'of the documents'];
    await this.interlock('--as', 'ben', 'policy', 'approve', version, ...read);
  }

  /** Activates a canary at a tenth, for a rollback. */
  async canary(): Promise<void> {
    const version = `2.0.${Date.now() % 1_000_000}`;
    this.write('canary.json', bundle(version, 'A failover is routine'));
    await this.interlock('--as', 'ann', 'policy', 'push', join(this.folder, 'canary.json'));
    await this.approved(version);
    await this.interlock(
      '--as',
      'ann',
      'policy',
      'activate',
      version,
      '--digest',
      await this.digestOf(version),
    );
  }

  /** The first item of a list. */
  async first(...list: readonly string[]): Promise<string> {
    const [name] = (await this.interlock(...list, '-o', 'name')).split('\n');
    if (name === undefined || name === '') throw new Error(`interlock ${list.join(' ')} has nothing`);
    return name;
  }
}

const bundle = (version: string, reason: string): object => ({
  version,
  rules: [
    {
      id: 'cf-optimizer',
      agent: 'ran-optimizer',
      action: 'cell_failover',
      effect: 'allow',
      priority: 100,
      conditions: [],
      reason,
    },
  ],
  notes: 'of the documents',
});

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
