import type { Machine, SimProcess } from './machine.js';
import type { Network } from './network.js';
import { Agents, Rails, startLedger, type Planted } from './services.js';
import type { TenantHandler } from './tenant-handler.js';

type Service = 'safety-rails' | 'agent-gateway' | 'budget-ledger';
export const services: readonly Service[] = [
  'safety-rails',
  'safety-rails',
  'agent-gateway',
  'agent-gateway',
  'budget-ledger',
  'budget-ledger',
];
export type Running = {
  readonly service: Service;
  process: SimProcess;
  rails: Rails | null;
  agents: Agents | null;
  /** It was told to stop. */
  isStopping: boolean;
};

/** The processes of the services: started, killed, and followed by others. */
export class Fleet {
  readonly running: Running[] = [];
  readonly faults: string[] = [];
  /** Nothing is disturbed any more. */
  isCalm = false;
  #serial = 0;

  constructor(
    private readonly machine: Machine,
    private readonly network: Network,
    private readonly handler: TenantHandler,
    private readonly planted: Planted,
  ) {}

  /** The instances of safety-rails that are up. */
  rails(): readonly Rails[] {
    return this.running.flatMap(({ rails, process }) =>
      rails?.isReady === true && !process.isDead ? [rails] : [],
    );
  }

  start(slot: Running): void {
    const { machine, network, planted } = this;
    this.#serial += 1;
    const process: SimProcess = {
      name: `${slot.service}-${this.#serial}`,
      isDead: false,
      skewMs: this.isCalm ? 0 : Math.floor(machine.between(-2000, 2000)),
    };
    slot.process = process;
    slot.rails = null;
    slot.agents = null;
    slot.isStopping = false;
    if (!this.running.includes(slot)) this.running.push(slot);
    const failed = (error: unknown): void => {
      if (!process.isDead && !slot.isStopping)
        this.faults.push(`${process.name} did not start: ${String(error)}`);
    };
    machine.after(0, process, () => {
      if (slot.service === 'safety-rails') {
        const rails = new Rails(network, process, planted, (due, tenantId, actionId) => {
          // The durable job reaches whichever instance lives then.
          machine.after(due.getTime() - machine.trueMs, null, () => {
            network.tell(
              () => this.rails().map((one) => one.process),
              (to) => {
                this.rails()
                  .find((one) => one.process === to)
                  ?.orchestrator.wake(tenantId, actionId);
              },
            );
          });
        });
        slot.rails = rails;
        rails.start().catch(failed);
      } else if (slot.service === 'agent-gateway') {
        const agents = new Agents(network, process, this.handler, process.name, planted);
        slot.agents = agents;
        agents.start().catch(failed);
      } else startLedger(network, process, planted).catch(failed);
    });
  }

  /** kill -9: what it had sent arrives, nothing else does; another one takes its place. */
  kill(process: SimProcess, downMs = this.machine.between(300, 6000)): void {
    const slot = this.running.find((one) => one.process === process);
    if (slot === undefined || process.isDead) return;
    process.isDead = true;
    this.machine.after(downMs, null, () => this.start(slot));
  }

  /** An orderly stop, and another instance. */
  replace(slot: Running): void {
    const { agents, process } = slot;
    if (agents === null || process.isDead) return;
    slot.isStopping = true;
    this.machine.after(0, process, () => {
      void agents.stop();
    });
    this.machine.after(this.machine.between(500, 5000), null, () => {
      if (slot.process === process) this.kill(process, 100);
    });
  }
}
