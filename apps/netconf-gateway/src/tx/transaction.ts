import { actionOfTx, streamName } from '@interlock/contracts';
import type { OpenedWork, Trace, Work } from '@interlock/executor';
import {
  deviceOf,
  endpointOf,
  rotated,
  ownBinding,
  profiles,
  type DeviceTxCommand,
  type DeviceTxState,
  type DeviceEndpoint,
} from '@interlock/network';
import { ChangeSession } from '../sessions/change-session.js';
import { ExchangeLog } from '../sessions/exchange-log.js';
import { unknownDevice } from '../devices/inventory.js';
import type { Tx, TxTools } from './context.js';
import { txJournal } from './journal.js';

/** Holds the transaction's own session between its steps, while its change is on the device. */
class KeptSession {
  #session: ChangeSession | undefined;

  get session(): ChangeSession | undefined {
    return this.#session;
  }

  readonly keep = (session: ChangeSession): void => {
    this.#session = session;
  };

  readonly end = async (): Promise<void> => {
    const session = this.#session;
    this.#session = undefined;
    await session?.close();
  };
}

/**
 * Returns the device with the direction of calls and the transport of its present entry. If
 * Interlock now opens the connections, it does so at the present address. Another transport has a
 * key and a secret of its own, so the whole present endpoint is taken.
 */
const towards = (begun: DeviceEndpoint, now: DeviceEndpoint): DeviceEndpoint => {
  if (begun.transport !== now.transport) return { ...endpointOf(now), profile: begun.profile };
  if (begun.call_home === now.call_home) return begun;
  const { call_home: _before, ...rest } = begun;
  const { call_home, host, port } = now;
  return call_home === true ? { ...rest, call_home } : { ...rest, host, port };
};

/** Returns the transaction in the form that its steps use. */
const createTx = (
  tools: TxTools,
  work: Work<DeviceTxCommand, DeviceTxState>,
  trace: Trace,
  state: DeviceTxState,
  exchanges: ExchangeLog,
  kept: KeptSession,
): Tx => {
  const { inventory, persistId } = tools;
  const { tenant_id: tenantId, id: txId } = work;
  const deviceId = deviceOf(state);
  // INVARIANT: a transaction goes to the device where it began, even if the inventory has changed
  // since.
  const current = deviceId === null ? undefined : inventory.find(tenantId, deviceId)?.device;
  const begun = state.turn?.device ?? current;
  // Since the device has shown its next host key, the earlier one is refused.
  const isRotated =
    current !== undefined && current.host_key_fingerprint === begun?.next_host_key_fingerprint;
  const rotatedNow = begun !== undefined && isRotated ? rotated(begun) : begun;
  // The direction of calls is the present one, because a device that no longer listens, or no
  // longer calls, cannot be reached in the earlier way.
  const device =
    rotatedNow === undefined || current === undefined ? rotatedNow : towards(rotatedNow, current);
  if (device === undefined || deviceId === null) throw unknownDevice(deviceId);
  const { profile: profileName, ...endpoint } = endpointOf(device);
  const address = { tenant_id: tenantId, device_id: deviceId, ...endpoint };
  const profile = profiles[profileName]!;
  const named = state.prepared?.binding;
  const binding = named === undefined ? ownBinding : inventory.bindings.find(tenantId, named);
  if (binding === undefined) throw new TypeError(`there is no binding \`${named}\``);
  const recording =
    (record: Tx['record']): Tx['record'] =>
    async (asked, at) => {
      const { command, written } = exchanges.with(asked);
      const result = await record(command, at);
      written();
      return result;
    };
  return {
    ...work,
    device: address,
    profile,
    binding,
    quarantined: () => inventory.quarantineOf(tenantId, deviceId, device),
    persistId: () => persistId(tenantId, txId),
    context: () => txJournal(tools).contextOf(tenantId, trace),
    session: async () => {
      if (kept.session?.over === false) return kept.session;
      const session = new ChangeSession(
        await tools.sessions.open(address),
        profile,
        binding,
        work.wait,
        exchanges.record,
      );
      kept.keep(session);
      return session;
    },
    keptSession: () => (kept.session?.over === false ? kept.session : undefined),
    keepSession: kept.keep,
    endSession: kept.end,
    onExchange: exchanges.record,
    record: recording(work.record),
    recordLast: recording(work.recordLast),
  };
};

/**
 * Opens a transaction. Its events continue the trace of the first one, if that trace is followed.
 */
export const openTransaction = async (
  tools: TxTools,
  tenantId: string,
  txId: string,
  driven: (trace: Trace) => Work<DeviceTxCommand, DeviceTxState>,
): Promise<OpenedWork<Tx, DeviceTxState>> => {
  const open = tools.followed.transactions.find(streamName('device_tx', tenantId, txId));
  const trace = open?.trace ?? (await tools.followed.actionThat(tenantId, actionOfTx(txId), () => true));
  const exchanges = new ExchangeLog();
  const kept = new KeptSession();
  const work = driven(trace);
  return { workAt: (state) => createTx(tools, work, trace, state, exchanges, kept), end: kept.end };
};
