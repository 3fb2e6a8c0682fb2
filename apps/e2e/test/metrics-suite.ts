import { metricFamilies, systemTenant } from '@interlock/contracts';
import { suiteWhere, until } from '@interlock/testing';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';

import { boardQueries, emptyUntil, missingForPrometheus, Prometheus, scraped } from './prometheus.js';
import type { World } from './world.js';

/**
 * The metrics of a stack that has run actions, as a real Prometheus reads them. `run` runs another
 * action to its end while Prometheus reads.
 */
export const metricsSuite = (world: () => World, run: () => Promise<void>): void => {
  suiteWhere(describe, 'the metrics in a real Prometheus', missingForPrometheus, () => {
    const prometheus = new Prometheus();
    const isOfProcess = (name: string): boolean => /^(?:process|nodejs)_/.test(name);
    let families: ReadonlyMap<string, string>;

    beforeAll(async () => {
      const token = await world().token({ tenant: systemTenant, scopes: ['METRICS_READ'] });
      await prometheus.start(world().stack.home, world().stack.runtime.http, token);
      families = await until(async () => {
        const up = await prometheus.query('up{job="interlock"} == 1');
        return up.length === scraped.length && prometheus.families();
      }, 'the metrics of every service are read');
      await run();
    });
    afterAll(() => prometheus.stop());

    it('are exported with the help of their table, and no others are', () => {
      const own = [...families].filter(([name]) => !isOfProcess(name));
      expect(Object.fromEntries(own)).toEqual(
        Object.fromEntries(Object.entries(metricFamilies).map(([name, { help }]) => [name, help])),
      );
    });

    it.each(boardQueries.filter(({ where }) => emptyUntil[where] === undefined))(
      'fill the panel $where',
      async ({ where, expr }) => {
        // A rate begins with the second sample.
        const samples = await until(async () => {
          const found = await prometheus.query(expr);
          return found.length > 0 && found;
        }, `${where} shows something`);
        // So many lines can still be told apart.
        expect(samples.length).toBeLessThanOrEqual(100);
      },
    );

    it.each(boardQueries.filter(({ where }) => emptyUntil[where] !== undefined))(
      'are what the panel $where asks for',
      async ({ expr }) => {
        expect(await prometheus.query(expr)).toEqual(expect.any(Array));
      },
    );

    it('leave no panel empty that the list does not have', () => {
      const panels = boardQueries.map(({ where }) => where);
      expect(Object.keys(emptyUntil).filter((where) => !panels.includes(where))).toEqual([]);
    });

    it('show the actions, gates and devices of this stack', async () => {
      for (const expression of [
        'interlock_actions_ended_total{state="COMPLETED"}',
        'interlock_action_duration_seconds_count{state="COMPLETED"}',
        'interlock_gate_verdicts_total{gate="policy",verdict="pass"}',
        'interlock_gate_duration_seconds_count{gate="prediction"}',
        'netconf_rpc_duration_seconds_count{operation="commit",outcome="ok"}',
        'log_append_duration_seconds_count{service="safety-rails",outcome="ok"}',
        'bus_message_duration_seconds_count{consumer="safety-rails-intents"}',
      ]) {
        const samples = await prometheus.query(`sum(${expression})`);
        expect([expression, Number(samples[0]?.value[1]) > 0]).toEqual([expression, true]);
      }
    });

    it('carry every rule of the deployment', async () => {
      const rules = await prometheus.rules();
      expect(rules.filter(({ health }) => health !== 'ok')).toEqual([]);
      expect(rules.length).toBeGreaterThan(40);
    });
  });
};
