import { beforeAll, describe, expect, it } from '@jest/globals';
import { until } from '@interlock/testing';
import { account, agent, tenant, unique } from '../names.js';
import type { World } from '../world.js';

type Rule = {
  readonly id: string;
  readonly agent: string;
  readonly action: string;
  readonly effect: string;
  readonly priority: number;
  readonly conditions: readonly object[];
  readonly reason: string;
};
type Status = {
  readonly status: string;
  readonly canary_pct: number;
  readonly counts?: { readonly decisions: number; readonly requests: number };
};

const author = { sub: 'author' };
const approver = { sub: 'approver' };

const rule = (over: Partial<Rule> = {}): Rule => ({
  id: 'archive',
  agent,
  action: 'inbox.archive',
  effect: 'allow',
  priority: 100,
  conditions: [],
  reason: 'Archiving can be taken back',
  ...over,
});

export const canaryCases = (world: World): void => {
  describe('the canary of a bundle', () => {
    const path = (id: string, verb: string): string => `/api/v1/policy/bundles/${id}/${verb}`;
    const bundleOf = (id: string): Promise<Status> =>
      world.must<Status>('GET', `/api/v1/policy/bundles/${id}`);
    const active = async (): Promise<readonly [string | undefined, string | undefined]> => {
      const { active: one, canary } = await world.must<{
        readonly active: { readonly version: string } | null;
        readonly canary: { readonly version: string } | null;
      }>('GET', '/api/v1/policy/bundles/active');
      return [one?.version, canary?.version];
    };

    const decides = (version: string, canary: string | undefined): Promise<unknown> =>
      until(
        async () => String(await active()) === String([version, canary]),
        `${version} is active, and ${canary ?? 'nothing'} the canary`,
      );

    /**
     * Dry requests of many entities, because an action type without a handler allows only those.
     * Stops when the canary has decided enough at this stage, or has ended.
     */
    const decide = async (id: string, decisions: number): Promise<Status> => {
      let counted: Status = { status: 'canary', canary_pct: 0 };
      let asked = 0;
      await until(async () => {
        counted = await world.must<Status>('GET', path(id, 'canary-status'));
        const { decisions: made = 0, requests = 0 } = counted.counts ?? {};
        if (counted.status !== 'canary' || made >= decisions) return true;
        if (requests < asked) return false;
        asked = requests + 100;
        await Promise.all(
          Array.from({ length: 100 }, () =>
            world.publish(
              world.intent(unique('mail'), {
                action_type: 'inbox.archive',
                parameters: {},
                affected_entity_count: 1,
                dry_run: true,
              }),
            ),
          ),
        );
        return false;
      }, `the canary has decided ${decisions}`);
      return counted;
    };

    /**
     * Drafts, lints and simulates a bundle; another person reads its flip list, approves and
     * activates it.
     */
    const activate = async (version: string, rules: readonly Rule[]): Promise<string> => {
      const content = { version, notes: 'canary', rules };
      expect(await world.must('POST', '/api/v1/policy/lint', content, author)).toMatchObject({
        passed: true,
      });
      const { id, position } = await world.must<{ readonly id: string; readonly position: string }>(
        'POST',
        '/api/v1/policy/bundles',
        content,
        author,
      );
      const tried = await world.must<{ readonly counts: { readonly [effect: string]: number } }>(
        'POST',
        '/api/v1/policy/simulate',
        { bundle_id: id, dataset: { kind: 'synthetic', count: 100, seed: 7 } },
        author,
        { 'interlock-min-position': position },
      );
      expect(Object.values(tried.counts).reduce((sum, n) => sum + n, 0)).toBe(100);
      const { bundle_hash, flip_list_hash } = await world.must<{
        readonly bundle_hash: string;
        readonly flip_list_hash: string;
      }>('POST', path(id, 'flip-list'), {}, author);
      const { approval_id } = await world.must<{ readonly approval_id: string }>(
        'POST',
        path(id, 'approvals'),
        { bundle_hash, flip_list_hash, note: 'looked at what changes' },
        approver,
      );
      await world.must('POST', path(id, 'activate'), { approval_id, bundle_hash }, author);
      return id;
    };

    beforeAll(async () => {
      await world.provision();
      await world.must(
        'PUT',
        '/api/v1/autonomy/config',
        { account_id: account, action_type: 'inbox.archive', mode: 'AUTO_EXECUTE', reason: 'a test' },
        author,
      );
    });

    describe('a new bundle', () => {
      let id = '';

      it('starts at 10 %, beside the active one', async () => {
        id = await activate('1.1.0', [rule()]);
        await decides('1.0.0', '1.1.0');
        expect(await bundleOf(id)).toMatchObject({ status: 'canary', canary_pct: 10 });
      });

      it('is not promoted before its gates pass', async () => {
        const { status, body } = await world.call(
          'POST',
          path(id, 'promote'),
          { reason: 'too soon' },
          approver,
        );
        expect([status, body['code']]).toEqual([409, 'gates-not-passed']);
      });

      it('goes to half and to all when its gates pass, by a person before the dwell ends', async () => {
        for (const [pct, next] of [
          [10, 50],
          [50, 100],
        ] as const) {
          await decide(id, 100);
          // Counts behind the log give no result, so the gates answer when they have caught up.
          const gates = await until(
            () =>
              world.must<{ readonly threshold_verdict: object }>(
                'POST',
                path(id, 'check-gates'),
                {},
                approver,
              ),
            'the gates answer',
          );
          expect(gates).toMatchObject({ pct, threshold_verdict: { passed: true } });
          // Under load the counts may fall behind between two requests; then the answer says so,
          // and the request is repeated.
          const promote = (
            body: object,
          ): Promise<{ readonly status: number; readonly body: { readonly [name: string]: unknown } }> =>
            until(async () => {
              const answer = await world.call('POST', path(id, 'promote'), body, approver);
              return answer.status === 503 ? undefined : answer;
            }, 'the promotion is answered');
          const { status, body } = await promote({});
          expect([status, body['code']]).toEqual([409, 'dwell-not-over']);
          expect((await promote({ reason: 'nothing changed for anyone' })).status).toBeLessThan(300);
          await until(async () => (await bundleOf(id)).canary_pct === next, `it decides ${next} %`);
        }
        await decides('1.1.0', undefined);
        const types = (await world.stream(`rollout-${tenant}:all`)).map(({ type }) => type);
        expect(types).toEqual(['BundleActivated', 'BundleActivated', 'CanaryPromoted', 'CanaryPromoted']);
      }, 600_000);
    });

    describe('a bundle that denies too much', () => {
      it('is rolled back automatically and at once, with an incident', async () => {
        const id = await activate('2.0.0', [
          rule({ id: 'no-archive', effect: 'deny', reason: 'A mistake that nobody saw' }),
        ]);
        await decides('1.1.0', '2.0.0');
        expect((await decide(id, 10_000)).status).toBe('rolled_back');
        await decides('1.1.0', undefined);
        const [event] = (await world.stream(`rollout-${tenant}:all`)).slice(-1);
        expect(event).toMatchObject({
          type: 'BundleRolledBack',
          data: { bundle_version: '2.0.0', was: 'canary', restored_version: '1.1.0', trigger: 'automatic' },
        });
        const incident = await until(async () => {
          const { items } = await world.must<{
            readonly items: readonly { readonly severity: string; readonly title: string }[];
          }>('GET', '/api/v1/incidents');
          return items.find(({ title }) => title.includes('2.0.0'));
        }, 'an incident stands open');
        expect(incident.severity).toBe('high');
        const again = await world.publish(
          world.intent(unique('mail'), {
            action_type: 'inbox.archive',
            parameters: {},
            affected_entity_count: 1,
            dry_run: true,
          }),
        );
        const { gates } = await world.ends(again);
        expect(gates.find(({ gate }) => gate === 'policy')?.saw).toMatchObject({
          evaluation: { decision: 'ALLOW', bundle: { bundle_version: '1.1.0', variant: 'active' } },
        });
      }, 600_000);
    });

    describe('break-glass', () => {
      it('bypasses the bundles: every action waits for a person, and an incident is open', async () => {
        await world.must(
          'POST',
          '/api/v1/policy/bypass',
          { reason: 'the rules deny everything', minutes: 5 },
          approver,
        );
        const view = await world.ends(
          await world.publish(
            world.intent(unique('mail'), {
              action_type: 'inbox.archive',
              parameters: {},
              affected_entity_count: 1,
              dry_run: true,
            }),
          ),
        );
        expect(view.gates.find(({ gate }) => gate === 'policy')?.saw).toMatchObject({
          evaluation: { decision: 'NEEDS_APPROVAL', bundle: { bundle_version: null } },
        });
        await world.must('DELETE', '/api/v1/policy/bypass', undefined, approver);
        await decides('1.1.0', undefined);
      });
    });
  });
};
