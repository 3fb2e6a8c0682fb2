import { Inject, Injectable } from '@nestjs/common';
import { gaugeAtScrape, SERVICE_CONTEXT, type ServiceContext } from '@interlock/platform';
import { OpenActions } from './actions/open-actions.js';
import { Orchestrator } from './actions/orchestrator.js';
import { Executors } from './executors/executors.js';
import { KillSwitches } from './kill-switch/kill-switches.js';

/** Gauges of what is open now: actions, work, and kill switches without an answer. */
@Injectable()
export class OpenMetrics {
  constructor(
    @Inject(SERVICE_CONTEXT) { metrics }: Pick<ServiceContext, 'metrics'>,
    @Inject(OpenActions) open: Pick<OpenActions, 'list'>,
    @Inject(Orchestrator) orchestrator: Pick<Orchestrator, 'load'>,
    @Inject(Executors) executors: Pick<Executors, 'asked'>,
    @Inject(KillSwitches) switches: Pick<KillSwitches, 'uses'>,
  ) {
    gaugeAtScrape(metrics, 'interlock_actions_open', (gauge) => {
      for (const state of ['working', 'waiting', 'settling']) gauge.set({ state }, 0);
      for (const { ended, resting } of open.list())
        gauge.inc({ state: ended ? 'settling' : resting ? 'waiting' : 'working' });
    });
    gaugeAtScrape(metrics, 'interlock_work_capacity', (gauge) => {
      const { workers, busy, depth } = orchestrator.load;
      gauge.set({ state: 'workers' }, workers);
      gauge.set({ state: 'busy' }, busy);
      gauge.set({ state: 'queued' }, depth);
    });
    gaugeAtScrape(metrics, 'interlock_kill_switch_unacknowledged', (gauge) => {
      for (const use of switches.uses.goingOn()) {
        const isMissing = executors.asked(use).some(({ answered }) => !answered);
        gauge.inc({ tenant: use.owner }, isMissing ? 1 : 0);
      }
    });
  }
}
