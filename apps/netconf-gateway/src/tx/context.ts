import type { Timestamp, TxState } from '@interlock/contracts';
import type { ExecutorPresence, Work, WorkAt } from '@interlock/executor';
import type { CommandContext, CommandHandler, EventStore } from '@interlock/kernel';
import type {
  Binding,
  DeviceCommand,
  DeviceEvent,
  DeviceProfile,
  DeviceState,
  DeviceTxCommand,
  DeviceTxEvent,
  DeviceTxState,
} from '@interlock/network';
import type { Exchange } from '@interlock/netconf';
import type { GatewayConfig } from '../config.js';
import type { KpiSources } from '../kpi/kpi-sources.js';
import type { FollowedStreams } from '../followed-streams.js';
import type { Inventory } from '../devices/inventory.js';
import type { DeviceAddress, DeviceSessions } from '../sessions/sessions.js';
import type { FindHandler } from '../handlers.js';
import type { ChangeSession } from '../sessions/change-session.js';
import type { UnsentCommits } from './unsent.js';

export type TxLogger = {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/**
 * The points between a transaction's steps at which tests may stop the gateway, in addition to its
 * events.
 */
export const txProbes = [
  'turn-taken',
  'prepared',
  'edited',
  'commit-requested',
  'commit-sent',
  'committed',
  'soaked',
  'confirm-sent',
  'confirm-waits',
  'confirmed',
  'cancelled',
  'inverse-requested',
  'edited-back',
] as const;
export type TxProbe = (typeof txProbes)[number];
/** Called at each point; tests stop the gateway there. */
export type Probe = (point: TxProbe, txId: string) => Promise<void> | void;

/** The services and settings that a transaction's steps use. */
export type TxTools = {
  readonly store: EventStore;
  readonly executor?: ExecutorPresence | undefined;
  readonly config: GatewayConfig;
  readonly inventory: Inventory;
  readonly sessions: DeviceSessions;
  readonly kpis: KpiSources;
  readonly followed: FollowedStreams;
  readonly transactions: CommandHandler<DeviceTxCommand, DeviceTxEvent, DeviceTxState>;
  readonly devices: CommandHandler<DeviceCommand, DeviceEvent, DeviceState>;
  readonly logger: TxLogger;
  readonly handler: FindHandler;
  /** The name of this process in `TentativeCommitRequested`. */
  readonly instance: string;
  readonly persistId: (tenantId: string, txId: string) => string;
  readonly probe: Probe;
  readonly onEnd: (state: TxState) => void;
  /** The commits that this process knows it has not sent. */
  readonly unsent: UnsentCommits;
  readonly now: () => Timestamp;
};

/** A transaction's state and the revision of its last event. */
export type TxAt = WorkAt<DeviceTxState>;

/** One transaction as its steps see it. */
export type Tx = Work<DeviceTxCommand, DeviceTxState> & {
  /** The device's address as it was when the transaction began. */
  readonly device: DeviceAddress;
  readonly profile: DeviceProfile;
  /** The binding of the prepared change, even if the inventory has changed since. */
  readonly binding: Binding;
  /**
   * Returns why nothing may change the device, according to the inventory; null if it may be
   * changed.
   */
  readonly quarantined: () => string | null;
  /** Returns the id that confirms or cancels the tentative commit. */
  readonly persistId: () => string;
  /**
   * Returns the transaction's own session: the kept one while it is open, else a new one that is
   * kept from now on.
   */
  readonly session: () => Promise<ChangeSession>;
  /** Returns the kept session while it is open. */
  readonly keptSession: () => ChangeSession | undefined;
  /** Keeps a session until the transaction ends, or until this instance stops working on it. */
  readonly keepSession: (session: ChangeSession) => void;
  readonly endSession: () => Promise<void>;
  /** Receives each RPC of a session that changes the device. */
  readonly onExchange: (exchange: Exchange) => void;
  readonly context: () => CommandContext;
};

/** Returns the milliseconds from now to a time; negative if it has passed. */
export const msUntil = (tools: Pick<TxTools, 'now'>, at: Timestamp): number =>
  Date.parse(at) - Date.parse(tools.now());
/** Returns a time so many milliseconds later. */
export const later = (at: Timestamp, ms: number): Timestamp => new Date(Date.parse(at) + ms).toISOString();
