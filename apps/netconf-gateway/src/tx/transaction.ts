import { streamName } from '@interlock/contracts';
import { ProblemError, type CommandContext } from '@interlock/kernel';
import { endpointOf, profiles, type DeviceTxCommand, type DeviceTxState } from '@interlock/network';
import { newId } from '@interlock/platform';
import { ChangeSession, type Wait } from '../change-session.js';
import type { ExchangeLog } from '../exchange-log.js';
import type { Tx, TxTools } from './context.js';

/** What the events of a transaction hang on. */
export type Trace = {
  readonly correlation_id: string;
  readonly causation_id: string;
  readonly traceparent: string | null;
};

/** What a transaction's steps are given by whoever runs them. */
export type TxParts = {
  readonly tools: TxTools;
  readonly tenant_id: string;
  readonly tx_id: string;
  readonly device_id: string;
  readonly trace: Trace;
  readonly exchanges: ExchangeLog;
  readonly state: DeviceTxState;
  /** Aborted once this instance was told to stop. */
  readonly stopping: AbortSignal;
  readonly killed: () => boolean;
  /** Waits; where it is wakeable, it ends early when something happens to the transaction. */
  readonly sleep: (ms: number, wakeable: boolean) => Promise<void>;
  readonly own_session: () => ChangeSession | undefined;
  readonly keepSession: (session: ChangeSession) => void;
  readonly endSession: () => Promise<void>;
};

/** The transaction as its steps see it. */
export const createTx = (parts: TxParts): Tx => {
  const { tools, tenant_id: tenantId, tx_id: txId, device_id: deviceId, trace, exchanges, stopping } = parts;
  const { inventory, transactions, followed, persistId, now } = tools;
  const stream = streamName('device_tx', tenantId, txId);
  // INVARIANT: a transaction goes where it began, whatever the inventory says since.
  const device = parts.state.turn?.device ?? inventory.find(tenantId, deviceId)?.device;
  if (device === undefined) throw new ProblemError('device-unknown', `there is no device \`${deviceId}\``);
  const { profile: profileName, ...endpoint } = endpointOf(device);
  const address = { tenant_id: tenantId, device_id: deviceId, ...endpoint };
  const profile = profiles[profileName]!;
  const wait: Wait = (ms) => parts.sleep(ms, false);
  const context = (): CommandContext => ({
    commandId: newId(),
    tenantId,
    actor: { kind: 'service', service: 'netconf-gateway' },
    now: now(),
    correlationId: trace.correlation_id,
    causationId: trace.causation_id,
    ...(trace.traceparent === null ? {} : { traceparent: trace.traceparent }),
  });
  return {
    tenant_id: tenantId,
    tx_id: txId,
    device: address,
    quarantined: () => inventory.quarantineOf(tenantId, deviceId, device),
    profile,
    persistId: () => persistId(tenantId, txId),
    context,
    wait,
    waitOrWake: (ms) => parts.sleep(ms, true),
    followed: async () => {
      stopping.throwIfAborted();
      return transactions.load(stream, followed.revisionOf(stream));
    },
    now: async () => {
      stopping.throwIfAborted();
      return transactions.load(stream);
    },
    session: async () => {
      const known = parts.own_session();
      if (known?.over === false) return known;
      const session = new ChangeSession(await tools.sessions.open(address), profile, wait, exchanges.heard);
      parts.keepSession(session);
      return session;
    },
    keepSession: parts.keepSession,
    endSession: parts.endSession,
    heard: exchanges.heard,
    record: async (asked: DeviceTxCommand, at?: bigint) => {
      stopping.throwIfAborted();
      const { command, told } = exchanges.with(asked);
      const result = await transactions.handle(stream, command, {
        ...context(),
        ...(at === undefined ? {} : { expectedRevision: at }),
      });
      told();
      return {
        state: result.state,
        revision: result.revision,
        written: result.events.length > 0 && !result.repeated,
      };
    },
    recordLast: async (asked: DeviceTxCommand) => {
      if (!parts.killed()) await transactions.handle(stream, exchanges.with(asked).command, context());
    },
    throwIfStopping: () => {
      stopping.throwIfAborted();
    },
  };
};
