import { streamName, type HandlerEnvelope, type Reason } from '@interlock/contracts';
import { ExecutorCommands, notAsked, type ActionRecord } from '@interlock/executor';
import {
  endpointOf,
  type Device,
  type DeviceTxCommand,
  type DeviceTxState,
  type NetworkHandler,
} from '@interlock/network';
import type { GatewayConfig } from './config.js';
import { entityUnknown, handlerOf, type FindHandler } from './handlers.js';
import type { TxTools } from './tx/context.js';
import { txJournal } from './tx/journal.js';
import type { TxRunner } from './tx/runner.js';

type Parts = Pick<
  TxTools,
  'store' | 'config' | 'logger' | 'inventory' | 'transactions' | 'followed' | 'now' | 'handler'
> & {
  readonly runner: TxRunner;
};

/** Returns the device that has an entity now; undefined if no device has it. */
const deviceWith = async (
  { inventory }: Parts,
  handler: NetworkHandler,
  tenantId: string,
  entityId: string,
): Promise<Device | undefined> => {
  await inventory.current();
  const id = handler.deviceOf(entityId, inventory.topology(tenantId));
  return id === undefined ? undefined : inventory.find(tenantId, id)?.device;
};

type Started = NonNullable<ActionRecord['started']>;

/** Returns whether this service has the handler of the execution. */
export const isServedBy = (find: FindHandler, { handler }: Pick<Started, 'handler'>): boolean =>
  handler.service === 'netconf-gateway' && find(handler.name) !== undefined;

/** Returns why the gateway cannot run the execution: its timer leaves no time to confirm. */
export const applyReasons = (
  config: Pick<GatewayConfig, 'NETCONF_RPC_MS'>,
  { soak_s: soakS, confirm_timeout_s: timeoutS }: Pick<Started, 'soak_s' | 'confirm_timeout_s'>,
): readonly Reason[] => {
  if (timeoutS > soakS + (2 * config.NETCONF_RPC_MS) / 1000) return [];
  const detail = `a confirm timer of ${timeoutS} s leaves no time to confirm after a soak of ${soakS} s`;
  return [{ code: 'confirm-timer-too-short', detail }];
};

/**
 * The handler commands of transactions. It adds which device an action is on, and what its timer
 * allows.
 */
export class ActionCommands extends ExecutorCommands<DeviceTxCommand, DeviceTxState> {
  constructor(parts: Parts) {
    const { store, config, logger, followed, transactions } = parts;
    super(
      {
        store,
        lease_ms: config.KILL_SWITCH_LEASE_MS,
        logger,
        journal: txJournal(parts),
        actionThat: (tenantId, actionId, says) => followed.actionThat(tenantId, actionId, says),
        known: async (tenantId, actionId) => {
          const stream = streamName('device_tx', tenantId, actionId);
          const revision = followed.revisionOf(stream);
          return revision === undefined ? undefined : transactions.load(stream, revision);
        },
        acceptTurn: async ({ tenant_id, action_id }: HandlerEnvelope, { intent }, { turn, request_id }) => {
          if (intent === null) throw notAsked('turn');
          const { action_type, entity_id } = intent;
          const handler = handlerOf(parts.handler, action_type);
          const device = await deviceWith(parts, handler, tenant_id, entity_id);
          if (device === undefined) {
            const detail = entityUnknown(handler, entity_id);
            return { kind: 'RefuseApply', request_id, reasons: [{ code: 'entity-unknown', detail }] };
          }
          return {
            kind: 'AcceptTurn',
            asked: {
              turn,
              request_id,
              action_id,
              action_type,
              entity_id,
              device_id: device.device_id,
              device: endpointOf(device),
            },
          };
        },
        isServed: (started) => isServedBy(parts.handler, started),
        against: (started) => applyReasons(config, started),
        plan_changed: "the device's configuration is not the one that the plan was made for",
        acceptApply: (apply, { turn }) => ({
          kind: 'AcceptApply',
          apply: { ...apply, device_id: turn!.device_id },
        }),
      },
      parts.runner,
    );
  }
}
