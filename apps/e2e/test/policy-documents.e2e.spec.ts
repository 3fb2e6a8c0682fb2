import { spawnSync } from 'node:child_process';
import { mkdirSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { createDevIssuer } from '@interlock/platform';
import {
  bucketOf,
  buildContext,
  type BundleInput,
  type EvaluationContext,
  type EvaluationRequest,
} from '@interlock/policy';
import { suiteWhere, until } from '@interlock/testing';
import { blocksOf, DocumentShell, type Block } from './document-shell.js';
import { Network, site } from './network.js';
import { repository, Stack } from './stack.js';

// The commands of the policy documents, run one after the other on a running Interlock with its
// demo, as a reader would; and the recipes, simulated there.

/**
 * Sites whose first cell is in the tenth of entities that the canary decides first, by a stable
 * hash of tenant and entity.
 */
const sites = Array.from({ length: 400 }, (_, i) => `r${i + 1}`)
  .filter((name) => bucketOf('demo', `cell-${name}-1`) < 1000)
  .slice(0, 7);
const stack = new Stack({ args: [], devices: sites.map((name) => site(name)) });
const network = new Network(stack);
beforeAll(() => stack.start());
afterAll(() => stack.remove());

const text = (name: string): string => readFileSync(join(repository, 'docs', name), 'utf8');
const call = async <T>(method: string, path: string, body?: unknown): Promise<T> => {
  const token = await (
    await createDevIssuer(join(stack.home, 'keys'))
  ).token({
    tenant: 'demo',
    scopes: ['POLICY_READ', 'AUTONOMOUS_SUBMIT', 'AUTONOMOUS_READ'],
    sub: 'traffic',
    kind: 'service',
  });
  const response = await fetch(`${stack.runtime.http}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${token}`,
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const answer = await response.text();
  if (!response.ok) throw new Error(`${method} ${path} answered ${response.status}: ${answer}`);
  return JSON.parse(answer) as T;
};

// ── the traffic that a reader's system has ──────────────────────────────────

type Gates = { readonly decisions: number; readonly threshold_verdict: { readonly outcome: string } };
/** The gates of the stage that runs now. A canary's status may still be of the stage before. */
const gatesOf = (bundleId: string): Promise<Gates> =>
  call<Gates>('POST', `/api/v1/policy/bundles/${bundleId}/check-gates`, {});
let messages = 0;
/**
 * Four of five are in the tenth that the canary decides first, so that it has enough decisions
 * sooner.
 */
const nextMessage = (): { readonly number: number; readonly name: string } => {
  const wanted = messages % 5 !== 0;
  const since = messages;
  do messages += 1;
  while (bucketOf('demo', `message-${messages}`) < 1000 !== wanted && messages < since + 1000);
  return { number: messages, name: `message-${messages}` };
};
/**
 * A dry action of an agent. A question to the evaluator is no traffic, but an action's gates are.
 */
const quarantine = (): Promise<unknown> =>
  Promise.all(
    Array.from({ length: 25 }, () => {
      const { number, name } = nextMessage();
      return call('POST', '/api/v1/autonomous/actions', {
        intent_id: `documents-${name}`,
        tenant_id: 'demo',
        account_id: 'ran-north',
        agent: 'inbox_triage',
        action_type: 'inbox.quarantine',
        entity_id: name,
        parameters: { risk_score: number % 100 },
        affected_entity_count: 1,
        confidence_score: 0.95,
        lifecycle_state: 'ACTIVE',
        dry_run: true,
      });
    }),
  );

/** Sites in addition to the demo's four. */
const spare = sites.slice(4);
/** An executed action that the canary decides. */
const failOver = async (): Promise<void> => {
  const cell = `cell-${spare.shift()!}-1`;
  await network.degrade(cell);
  await call('POST', '/api/v1/autonomous/actions', {
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
  });
};

/** Requests and executions until the gates of the canary's stage let a person promote it. */
const trafficUntilPromotable = async (bundleId: string): Promise<void> => {
  await failOver();
  await until(async () => {
    if ((await gatesOf(bundleId)).decisions >= 100) return true;
    await quarantine();
    return false;
  }, 'the canary has decided 100');
  // The gates answer once everything is counted, so that a reader's next command does not wait.
  await until(
    async () => (await gatesOf(bundleId)).threshold_verdict.outcome === 'promotable',
    'the gates let the canary go on',
    110_000,
  );
};

/** Prepares the system for a block of a document. */
const before = async ({ text: commands, refused }: Block): Promise<void> => {
  if (refused !== null || !commands.includes('/promote')) return;
  const { canary } = await call<{ readonly canary: { readonly id: string } | null }>(
    'GET',
    '/api/v1/policy/bundles/active',
  );
  if (canary !== null) await trafficUntilPromotable(canary.id);
};

const missing = ['bash', 'curl', 'jq'].filter((program) => spawnSync(program, ['--version']).status !== 0);
suiteWhere(describe, 'the commands of the policy documents', missing, () => {
  describe.each(['POLICY_STUDIO.md', 'RUNBOOK_POLICY.md', 'RUNBOOK_POLICY_AUTOMATION.md'])(
    'docs/%s',
    (name) => {
      const blocks = blocksOf(text(name));
      const folder = join(stack.home, `documents-${name}`);
      let shell: DocumentShell;
      beforeAll(() => {
        mkdirSync(folder);
        shell = new DocumentShell(folder, stack.home, { INTERLOCK_URL: stack.runtime.http });
      });
      afterAll(() => shell.end());

      it('has all its commands in blocks that are run', () => {
        expect(blocks.length).toBeGreaterThan(9);
        expect(text(name).match(/^```sh/gm)).toHaveLength(blocks.length);
      });

      it.each(blocks.map((block) => [block.line, block] as const))('line %i', async (_, block) => {
        await before(block);
        const { ok, output } = await shell.run(block);
        expect(ok ? '' : output).toBe('');
      });
    },
  );

  it('a block fails if a command inside a pipe fails, and if it is not refused as marked', async () => {
    const shell = new DocumentShell(join(stack.home, 'documents-shell'), stack.home, {});
    const run = async (commands: string, refused: string | null = null): Promise<boolean> =>
      (await shell.run({ line: 1, text: commands, refused })).ok;
    expect(await run('true')).toBe(true);
    expect(await run('false | true')).toBe(false);
    expect(await run('NAME=$(false)\ntrue')).toBe(false);
    expect(await run('NAME=kept; fails() { false; }')).toBe(true);
    expect(await run('[ "$NAME" = kept ]')).toBe(true);
    expect(await run('fails\ntrue')).toBe(false);
    expect(await run('echo some-code; false', 'some-code')).toBe(true);
    expect(await run('echo some-code; true', 'some-code')).toBe(false);
    expect(await run('echo other-code; false', 'some-code')).toBe(false);
    expect(await run('echo not-some-code; false', 'some-code')).toBe(false);
    await shell.end();
  });
});

describe('docs/POLICY_STUDIO.md, the routes', () => {
  it('match the OpenAPI document', async () => {
    const { paths } = (await (await fetch(`${stack.runtime.http}/openapi.json`)).json()) as {
      readonly paths: { readonly [path: string]: object };
    };
    const there = Object.entries(paths)
      .filter(([path]) => path.startsWith('/api/v1/policy/'))
      .flatMap(([path, methods]) =>
        Object.keys(methods).map(
          (method) => `${method.toUpperCase()} ${path.slice('/api/v1/policy'.length)}`,
        ),
      );
    const reference = text('POLICY_STUDIO.md').split('## 11. API reference')[1]!;
    const said = [...reference.matchAll(/`((?:GET|POST|PUT|DELETE) [^`]+)`/g)]
      .map((match) => match[1]!)
      .filter((route) => route !== 'GET /openapi.json');
    const plain = (routes: readonly string[]): readonly string[] =>
      routes.map((route) => route.replaceAll(/\{\w+\}/g, '{}')).sort();
    expect(plain(said)).toEqual(plain(there));
    expect(reference.match(/^\| \d+ +\|/gm)).toHaveLength(22);
  });
});

// ── the recipes ─────────────────────────────────────────────────────────────

type Context = EvaluationRequest['intent'] & {
  readonly action: string;
  readonly at?: string;
  readonly time_zone?: string;
  readonly prediction?: EvaluationRequest['prediction'];
  readonly system?: EvaluationContext;
  readonly history?: EvaluationContext;
};
type RecipeCase = {
  readonly version?: string;
  readonly context: Context;
  readonly expect: {
    readonly decision: string;
    readonly rule: string | null;
    readonly unknown?: readonly string[];
  };
};
type Recipe = {
  readonly title: string;
  readonly number: number;
  readonly bundles: readonly BundleInput[];
  readonly cases: readonly RecipeCase[];
};
type SimulationAnswer = {
  readonly cases: {
    readonly items: readonly {
      readonly effect: string;
      readonly rule_id: string | null;
      readonly unknown_fields: readonly string[];
    }[];
  };
};

const contextOf = ({
  action,
  at = '2026-03-02T12:00:00.000Z',
  time_zone = 'UTC',
  prediction = null,
  system = {},
  history = {},
  ...intent
}: Context): EvaluationContext =>
  buildContext({ intent: { ...intent, action_type: action }, prediction, posture: 'GREEN', at }, time_zone, {
    system,
    history,
  });
const effects: { readonly [decision: string]: string } = {
  ALLOW: 'allow',
  DENY: 'deny',
  NEEDS_APPROVAL: 'needs_approval',
};
const recipes = readdirSync(join(repository, 'docs/recipes'))
  .sort()
  .map((name) => JSON.parse(text(`recipes/${name}`)) as Recipe);

describe('the recipes, simulated by the running system', () => {
  it.each(recipes.map((recipe) => [`${recipe.number}. ${recipe.title}`, recipe] as const))(
    '%s',
    async (_, { bundles, cases }) => {
      for (const bundle of bundles) {
        const own = cases.filter(({ version = bundle.version }) => version === bundle.version);
        const {
          cases: { items },
        } = await call<SimulationAnswer>('POST', '/api/v1/policy/simulate', {
          bundle,
          dataset: {
            kind: 'custom',
            cases: own.map(({ context }) => ({
              agent: context.agent,
              action: context.action,
              context: contextOf(context),
            })),
          },
        });
        expect(
          items.map(({ effect, rule_id, unknown_fields }) => ({ effect, rule_id, unknown_fields })),
        ).toEqual(
          own.map(({ expect: { decision, rule, unknown = [] } }) => ({
            effect: rule === null ? 'no_match' : effects[decision],
            rule_id: rule,
            unknown_fields: unknown,
          })),
        );
      }
    },
  );
});
