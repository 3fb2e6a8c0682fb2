import { randomUUID } from 'node:crypto';
import { subject, type ActionIntentV1 } from '@interlock/contracts';
import { BusPublisher, connectBus } from '@interlock/jetstream';
import { connectNetconf, elementBuilder, NetconfError } from '@interlock/netconf';
import type { NatsConnection } from 'nats';
import type { SimulatedDevice } from '../parts.js';
import type { DemoParts } from '../stack.js';
import { simulatedTenant as demoTenant } from '../inventory.js';
import { retryWhileBusy } from '../processes/retry-while-busy.js';
import type { Api } from './api.js';
import { demoAccount, demoAgent, readersCell } from './content.js';

/** Adopts the values that the field team has set on a device as expected, if they differ. */
const adoptRepair = async (api: Api, id: string): Promise<void> => {
  const { state } = await api('post', '/api/v1/devices/{id}/drift/check', { path: { id } });
  if (state !== 'drifted') return;
  await api('post', '/api/v1/devices/{id}/drift/adopt', {
    path: { id },
    body: { reason: 'the field team has repaired the cell' },
  });
};

const ran = elementBuilder('urn:interlock:params:xml:ns:yang:ran');
const usualPower = 400;

/**
 * The simulated network's own optimiser. It degrades cells, asks Interlock for failovers, and has
 * cells repaired afterwards.
 */
export class Optimizer {
  private constructor(
    private readonly stack: DemoParts,
    private readonly bus: NatsConnection,
  ) {}

  /** Connects like an upstream system, with the user from `runtime.json`. */
  static async connect(stack: DemoParts): Promise<Optimizer> {
    return new Optimizer(
      stack,
      await connectBus(stack.nats, { maxReconnectAttempts: -1, noAsyncTraces: true }),
    );
  }

  async close(): Promise<void> {
    await this.bus.drain().catch(() => this.bus.close());
  }

  /** The cells that fail in the demo: the first cell of each site, except the reader's. */
  get cells(): readonly string[] {
    return this.stack.simulator.devices
      .map((device) => device.cells[0]!)
      .filter((cell) => cell !== readersCell);
  }

  async control(cell: string, what: 'degrade' | 'heal'): Promise<void> {
    const response = await fetch(`${this.stack.simulator.control}/cells/${cell}/${what}`, { method: 'POST' });
    if (!response.ok) throw new Error(`the simulator answered ${response.status} to ${what} ${cell}`);
  }

  /** Makes a cell and its neighbours perform badly, from the next change of its device on. */
  async surprise(cell: string): Promise<void> {
    const device = this.stack.simulator.devices.find((one) => one.cells.includes(cell));
    if (device === undefined) return;
    const response = await fetch(`${this.stack.simulator.control}/devices/${device.device_id}/faults`, {
      method: 'POST',
      body: JSON.stringify({ kind: 'kpi_worsens' }),
    });
    if (!response.ok)
      throw new Error(`the simulator answered ${response.status} to a fault of ${device.device_id}`);
  }

  /** Publishes an intent for a failover, as an upstream system does. */
  async ask(cell: string, over: Partial<ActionIntentV1> = {}): Promise<string> {
    await this.control(cell, 'degrade');
    const intent: ActionIntentV1 = {
      intent_id: `demo-${randomUUID()}`,
      tenant_id: demoTenant,
      account_id: demoAccount,
      agent: demoAgent,
      action_type: 'cell_failover',
      entity_id: cell,
      parameters: { power_raise_db: 3, cell_individual_offset: 3 },
      affected_entity_count: 3,
      confidence_score: 0.93,
      risk_level: 'LOW',
      lifecycle_state: 'ACTIVE',
      ...over,
    };
    await new BusPublisher(this.bus).publish(
      subject({ kind: 'intents', tenant: demoTenant, user: this.stack.nats.user }),
      {
        specversion: '1.0',
        type: 'interlock.action_intent.v1',
        source: 'demo/ran-optimizer',
        id: intent.intent_id,
        time: new Date().toISOString(),
        datacontenttype: 'application/json',
        data: intent,
      },
      { msgId: `${demoTenant}:${intent.intent_id}` },
    );
    return intent.intent_id;
  }

  /**
   * Acts as the field team: it heals and unlocks the cell, and restores its neighbours. A person
   * then adopts the values that the team has set on the device.
   */
  async repair(api: Api, cell: string): Promise<void> {
    await this.control(cell, 'heal');
    const device = this.stack.simulator.devices.find((one) => one.cells.includes(cell));
    if (device === undefined) return;
    await this.#putBack(device, cell);
    await adoptRepair(api, device.device_id);
  }

  /**
   * Repairs every cell, except those that an action of the last run still fails over, because on a
   * repaired cell it would look like a failure. An action that the last stop interrupted holds its
   * device until the gateway has settled it, so a repair is retried. A repair that still fails is
   * passed to `failed`.
   */
  async repairAll(api: Api, failed: (what: string, error: unknown) => void): Promise<void> {
    const { items } = await api('get', '/api/v1/autonomous/actions', {
      query: { open: 'true', limit: '200' },
    });
    const atWork = items.filter(({ state }) => state !== 'AWAITING_APPROVAL').map((item) => item.entity_id);
    const isPassing = (error: unknown): boolean => error instanceof NetconfError;
    for (const cell of this.cells.filter((one) => !atWork.includes(one)))
      await retryWhileBusy(() => this.repair(api, cell), { isPassing }).catch((error: unknown) => {
        failed(`the repair of ${cell}`, error);
      });
  }

  async #putBack(device: SimulatedDevice, failed: string): Promise<void> {
    const session = await connectNetconf({
      host: device.host,
      port: device.port,
      username: device.username,
      credentials: { password: device.password },
      hostKey: { known: [device.host_key_fingerprint] },
    });
    try {
      const cells = device.cells.map((id) =>
        ran(
          'cell',
          ran('id', id),
          ran(
            'attributes',
            id === failed ? ran('administrativeState', 'UNLOCKED') : ran('configuredMaxTxPower', usualPower),
          ),
        ),
      );
      await session.editConfig({
        target: 'candidate',
        config: [ran('ran', ...cells)],
        defaultOperation: 'merge',
      });
      await session.commit();
    } catch (error) {
      // Changes left in the candidate would keep the gateway from its lock.
      await session.discardChanges().catch(() => undefined);
      throw error;
    } finally {
      await session.close();
    }
  }
}
