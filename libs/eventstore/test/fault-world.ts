import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePort, startGate, until, type Gate } from '@interlock/testing';
import { connectEventStore, type ConnectedEventStore } from '../src/index.js';
import { FaultLoad } from './fault-load.js';
import { startLogProcess, type LogProcess } from './log-process.js';
import { Random } from './random.js';

const deadlineMs = 1000;

/** A real log in a file, a network that can be disturbed, one client, and a load on it. */
export class FaultWorld {
  readonly random: Random;
  readonly load: FaultLoad;
  readonly store: ConnectedEventStore;
  readonly gate: Gate;
  readonly #dir: string;
  log: LogProcess;

  private constructor(parts: {
    readonly dir: string;
    readonly log: LogProcess;
    readonly gate: Gate;
    readonly store: ConnectedEventStore;
    readonly load: FaultLoad;
    readonly random: Random;
  }) {
    this.#dir = parts.dir;
    this.log = parts.log;
    this.gate = parts.gate;
    this.store = parts.store;
    this.load = parts.load;
    this.random = parts.random;
  }

  static async open(seed: number): Promise<FaultWorld> {
    const dir = await mkdtemp(join(tmpdir(), 'interlock-log-'));
    const log = await startLogProcess({ file: join(dir, 'log.db'), port: await freePort() });
    const gate = await startGate(log.port);
    const random = new Random(seed);
    const heard: { load?: FaultLoad } = {};
    const store = await connectEventStore(`esdb://127.0.0.1:${gate.port}?tls=false`, {
      deadlineMs,
      watchdogMs: 200,
      onRetry: () => {
        if (heard.load !== undefined) heard.load.history.repeats += 1;
      },
    });
    const load = new FaultLoad(store, deadlineMs, random.branch());
    heard.load = load;
    return new FaultWorld({ dir, log, gate, store, load, random });
  }

  /** Ends the log's process and starts another on the same file and port. */
  async restart(signal: NodeJS.Signals = 'SIGKILL', skewMs?: number): Promise<void> {
    await this.log.kill(signal);
    this.log = await startLogProcess({
      file: join(this.#dir, 'log.db'),
      port: this.log.port,
      ...(skewMs === undefined ? {} : { skewMs }),
    });
  }

  /** Waits until a fault that counts down has happened as often as it was set. */
  async spent(fault: string): Promise<void> {
    await until(async () => (await this.log.faultsNow())[fault] === 0, `\`${fault}\` has happened`);
  }

  async close(): Promise<void> {
    this.log.child.kill('SIGCONT');
    await this.load.abandon();
    await this.store.close();
    await this.gate.stop();
    await this.log.kill();
    await rm(this.#dir, { recursive: true, force: true });
  }
}

/**
 * Something that goes wrong, and is well again when the promise resolves. `forgetful`: the log
 * loses its cache of ids by it.
 */
export type Fault = { readonly forgetful?: true; readonly happen: (world: FaultWorld) => Promise<void> };

const countdown =
  (name: string, least: number, most: number): Fault['happen'] =>
  async (world) => {
    await world.log.faults({ [name]: world.random.between(least, most) });
    await world.spent(name);
  };

/** Every fault switch of the embedded log, and what happens to processes, network and clocks. */
export const faults: { readonly [name: string]: Fault } = {
  lost_acknowledgements: { happen: countdown('lost_acknowledgements', 1, 4) },
  'repeats that come before their original is indexed': {
    happen: async (world) => {
      await world.log.faults({ lost_acknowledgements: 2, dropped_repeats: 2 });
      await world.spent('dropped_repeats');
    },
  },
  // A failed commit makes the log read itself again from the disk, and forget the ids.
  failed_commits: { forgetful: true, happen: countdown('failed_commits', 1, 5) },
  duplicate_deliveries: { happen: countdown('duplicate_deliveries', 20, 60) },
  frozen: {
    happen: async ({ log, load }) => {
      await log.faults({ frozen: true });
      await load.trouble();
      await log.faults({ frozen: false });
    },
  },
  slow_fsync_ms: {
    happen: async ({ log, load, random }) => {
      await log.faults({ slow_fsync_ms: random.between(10, 60) });
      await load.progress(60);
      await log.faults({ slow_fsync_ms: 0 });
    },
  },
  drop_subscriptions: {
    happen: async ({ log }) => {
      await log.faults('drop_subscriptions');
    },
  },
  end_subscriptions: {
    happen: async ({ log }) => {
      await log.faults('end_subscriptions');
    },
  },
  stall_subscriptions: {
    happen: async ({ log, load }) => {
      await log.faults('stall_subscriptions');
      // A subscription that the log has nothing for is missed by its checkpoints only, and they are
      // far apart.
      await load.progress(150);
    },
  },
  forget_ids: {
    forgetful: true,
    happen: async ({ log }) => {
      await log.faults('forget_ids');
    },
  },
  'kill -9 of the log': { forgetful: true, happen: (world) => world.restart() },
  'a graceful restart of the log': { forgetful: true, happen: (world) => world.restart('SIGTERM') },
  'a stopped log (SIGSTOP, SIGCONT)': {
    happen: async ({ log, load }) => {
      log.child.kill('SIGSTOP');
      await load.trouble();
      log.child.kill('SIGCONT');
    },
  },
  'a clock of the log that runs ahead': {
    forgetful: true,
    happen: async (world) => {
      await world.restart('SIGKILL', 60_000);
      await world.load.trouble();
      await world.restart();
    },
  },
  'a clock of the log that runs behind': {
    forgetful: true,
    happen: async (world) => {
      await world.restart('SIGKILL', -60_000);
      await world.load.progress(30);
      await world.restart();
    },
  },
  'connections that are cut': {
    happen: async ({ gate, load }) => {
      gate.cut();
      await load.trouble();
      gate.mend();
    },
  },
  'connections that end on one side': {
    happen: ({ gate }) => {
      gate.halfClose();
      return Promise.resolve();
    },
  },
  'a network that swallows': {
    happen: async ({ gate, load }) => {
      gate.hold();
      await load.trouble();
      gate.mend();
    },
  },
  'a slow network': {
    happen: async ({ gate, load, random }) => {
      gate.delay(random.between(5, 40));
      await load.progress(40);
      gate.mend();
    },
  },
  'a crash of the readers': {
    happen: async ({ load }) => {
      await Promise.all(load.processors.map((processor) => processor.crash()));
    },
  },
};
