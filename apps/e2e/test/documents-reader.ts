import { writeFileSync } from 'node:fs';
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
type View = {
  readonly state: string;
  readonly approval: { readonly digest: string } | null;
};

/** A reader of the documents with a running demo and a folder of their own. */
export class Reader {
  readonly #approved: string[] = [];
  #proposals = 0;

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

  async #call(
    method: string,
    path: string,
    scope: string,
    body?: object,
    headers: { readonly [name: string]: string } = {},
  ): Promise<string> {
    const response = await fetch(`${this.stack.runtime.http}${path}`, {
      method,
      headers: {
        authorization: `Bearer ${await this.interlock('token', '--tenant', 'demo', '--scope', scope)}`,
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path} answered ${response.status}: ${text}`);
    return text;
  }

  get(path: string, scope: string): Promise<string> {
    return this.#call('GET', path, scope);
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
    const answer = await this.#call('POST', '/api/v1/autonomous/actions', 'AUTONOMOUS_SUBMIT', intent);
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

  /** An open change request of a program. */
  async proposed(): Promise<Prepared> {
    this.#proposals += 1;
    const budget = {
      account_id: 'documents',
      max_autonomous_per_day: this.#proposals,
      // No action of the account has been seen.
      force: true,
    };
    const reason = { 'interlock-reason': 'documents' };
    const answer = await this.#call('PUT', '/api/v1/autonomy/budget', 'AUTONOMY_ADMIN', budget, reason);
    const { change_id, digest } = JSON.parse(answer) as {
      readonly change_id: string;
      readonly digest: string;
    };
    return { words: { CHANGE_ID: change_id, ID: change_id, DIGEST: digest } };
  }

  /** A rota of the demo's only channel. */
  async rota(): Promise<Prepared> {
    this.write('rota.json', {
      time_zone: 'Europe/London',
      starts_on: '2026-01-05',
      handover: '09:00',
      members: [{ name: 'ann', channels: ['demo-receiver'] }],
    });
    const file = join(this.folder, 'rota.json');
    const answer = await this.interlock('--as', 'ann', 'oncall', 'set', 'night', file, '--json');
    const { change_id: change, digest } = JSON.parse(answer) as {
      readonly change_id?: string;
      readonly digest: string;
    };
    if (change !== undefined)
      await this.interlock('--as', 'ann', 'changes', 'approve', change, '--digest', digest);
    const [from, until] = [3_600_000, 7_200_000].map((ms) => new Date(Date.now() + ms).toISOString());
    return { words: { NAME: 'ann', ROTA: 'night', MEMBER: 'ann', START: from!, END: until! } };
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

/** A bundle of one rule, which allows the demo's optimiser its failovers. */
export const bundle = (version: string, reason: string): object => ({
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
