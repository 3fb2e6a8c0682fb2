import fc from 'fast-check';
import { describe, expect, it } from '@jest/globals';
import { fold, isProblem } from '@interlock/kernel';
import {
  buildContext,
  bundleHash,
  evaluableBundle,
  evaluate,
  noPolicies,
  normalBundle,
  rolloutDecider,
  routeRequest,
  type RolloutCommand,
  type RolloutEvent,
} from '../src/index.js';
import { badGates, goodGates, hour, timeAfter } from './rollouts.js';
import { request, rule } from './samples.js';
import { activate, back, initial, promote } from './rollout-commands.js';

describe('any sequence of rollout commands by anybody', () => {
  const ids = ['a', 'b', 'c', 'd', 'e'];
  const command = fc.record({
    kind: fc.constantFrom(
      'activate',
      'activate',
      'activate',
      'promote',
      'promote',
      'promote',
      'promote',
      'back',
      'hold',
      'release',
      'release',
      'bypass',
      'end',
      'end',
    ),
    id: fc.constantFrom(...ids),
    gates: fc.constantFrom('good', 'good', 'bad', 'none'),
    elapsed: fc.integer({ min: 0, max: 30 }),
    early: fc.boolean(),
  });
  type Model = {
    readonly stack: readonly string[];
    readonly canary: { readonly id: string; readonly pct: number } | null;
    readonly dead: readonly string[];
    readonly out: boolean;
  };
  const bundles = new Map(ids.map((id) => [id, normalBundle({ version: '1.0.0', rules: [rule({ id })] })]));
  const context = buildContext(request(), 'UTC');

  /** A simple model: a stack of formerly active bundles, with a canary beside its top. */
  const modelled = (model: Model, events: readonly RolloutEvent[]): Model =>
    events.reduce((now, event): Model => {
      const data = event.data as { readonly bundle_id: string };
      switch (event.type) {
        case 'BundleActivated':
          return now.stack.length === 0
            ? { ...now, stack: [data.bundle_id], out: false }
            : { ...now, canary: { id: data.bundle_id, pct: 10 } };
        case 'CanaryPromoted':
          return now.canary!.pct === 10
            ? { ...now, canary: { ...now.canary!, pct: 50 } }
            : { ...now, stack: [...now.stack, now.canary!.id], canary: null };
        case 'BundleRolledBack': {
          const gone =
            now.canary?.id === data.bundle_id
              ? [data.bundle_id]
              : [data.bundle_id, ...(now.canary === null ? [] : [now.canary.id])];
          const stack = now.canary?.id === data.bundle_id ? now.stack : now.stack.slice(0, -1);
          return { stack, canary: null, dead: [...now.dead, ...gone], out: stack.length === 0 };
        }
        default:
          return now;
      }
    }, model);

  it('keeps one active bundle and canaries of 10 or 50 %, restores on rollback, and gives at best NEEDS_APPROVAL without a deciding bundle', () => {
    const seen = { promoted: 0, back: 0, withdrawn: 0, bypassed: 0 };
    fc.assert(
      fc.property(fc.array(command, { minLength: 12, maxLength: 40 }), (commands) => {
        let state = initial;
        let model: Model = { stack: [], canary: null, dead: [], out: false };
        let ms = 0;
        for (const { kind, id, gates, elapsed, early } of commands) {
          ms += elapsed * hour;
          const now = timeAfter(ms);
          const pct = state.canary?.canary_pct ?? 10;
          const target = state.canary !== null && elapsed % 4 > 0 ? state.canary.bundle_id : id;
          const commandOf: { readonly [kind: string]: RolloutCommand } = {
            activate: activate(id),
            back: back(id),
            hold: { kind: 'HoldCanary', bundle_id: id, reason: 'r', until: null, now },
            release: { kind: 'ReleaseCanary', bundle_id: id, reason: 'r' },
            promote: promote(target, pct, {
              now,
              reason: early ? 'r' : null,
              verdicts: gates === 'none' ? null : gates === 'good' ? goodGates(pct) : badGates(pct),
            }),
            bypass: { kind: 'BypassPolicy', reason: 'r', minutes: 60, now },
            end: { kind: 'EndBypass', reason: 'elapsed', now },
          };
          try {
            const events = rolloutDecider.decide(commandOf[kind]!, state);
            for (const event of events) {
              if (event.type === 'CanaryPromoted') {
                expect([gates, model.canary?.id, state.canary?.held ?? null, state.bypass]).toEqual([
                  'good',
                  target,
                  null,
                  null,
                ]);
                if (!early)
                  expect(Date.parse(now) - Date.parse(state.canary!.stage_since)).toBeGreaterThanOrEqual(
                    24 * hour,
                  );
                seen.promoted += 1;
              }
              if (event.type === 'BundleRolledBack') seen.back += 1;
            }
            state = fold(rolloutDecider, events, { occurred_at: now }, state);
            model = modelled(model, events);
          } catch (error) {
            expect(isProblem(error)).toBe(true);
          }
          expect([
            state.active?.bundle_id ?? null,
            state.active?.canary_pct ?? 100,
            state.canary?.bundle_id ?? null,
            state.canary?.canary_pct ?? null,
            state.withdrawn,
          ]).toEqual([
            model.stack.at(-1) ?? null,
            100,
            model.canary?.id ?? null,
            model.canary?.pct ?? null,
            model.out,
          ]);
          expect([state.superseded.map((one) => one.bundle_id), state.rolled_back]).toEqual([
            model.stack.slice(0, -1),
            model.dead,
          ]);
          const { floor, deciding } = routeRequest(state, 'demo', 'cell-1');
          expect(floor).toBe(state.bypass !== null ? 'bypassed' : model.out ? 'withdrawn' : null);
          seen.withdrawn += Number(floor === 'withdrawn');
          seen.bypassed += Number(floor === 'bypassed');
          if (floor === null) continue;
          expect(deciding).toBeNull();
          const content = bundles.get(id)!;
          const { decision } = evaluate({
            evaluation_id: 'e',
            trace_id: 't',
            agent: 'ran-optimizer',
            action_type: 'cell_failover',
            context,
            policies: noPolicies,
            floor,
            bundle: evaluableBundle({
              bundle_id: id,
              version: '1.0.0',
              bundle_hash: bundleHash(content),
              rules: content.rules,
            }),
            confidence_thresholds: { LOW: 0.7, MEDIUM: 0.85, HIGH: 0.95 },
            versions: {},
            position: '0',
          });
          expect(decision).toBe('NEEDS_APPROVAL');
        }
      }),
      { numRuns: 400 },
    );
    for (const count of Object.values(seen)) expect(count).toBeGreaterThan(20);
  });
});
