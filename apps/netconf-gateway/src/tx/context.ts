import type { Timestamp, TxState } from '@interlock/contracts';
import type { CommandContext, CommandHandler, EventStore } from '@interlock/kernel';
import type {
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
import type { Inventory } from '../inventory.js';
import type { DeviceAddress, DeviceSessions } from '../sessions.js';
import type { Wait } from '../change-session.js';

export type TxLogger = {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/** Called between the steps of a transaction; tests stop the gateway there. */
export type Probe = (point: string, txId: string) => Promise<void> | void;

/** What a transaction's steps work with. */
export type TxTools = {
  readonly store: EventStore;
  readonly config: GatewayConfig;
  readonly inventory: Inventory;
  readonly sessions: DeviceSessions;
  readonly transactions: CommandHandler<DeviceTxCommand, DeviceTxEvent, DeviceTxState>;
  readonly devices: CommandHandler<DeviceCommand, DeviceEvent, DeviceState>;
  readonly logger: TxLogger;
  /** Names this process in `TentativeCommitRequested`. */
  readonly instance: string;
  readonly persistId: (tenantId: string, txId: string) => string;
  readonly probe: Probe;
  /** true while the device belongs to a transaction that came before. */
  readonly isBehind: (tenantId: string, txId: string, deviceId: string) => boolean;
  readonly onEnd: (state: TxState) => void;
  readonly now: () => Timestamp;
};

/** A transaction's state and the revision of its last event. */
export type TxAt = { readonly state: DeviceTxState; readonly revision: bigint };

/** One transaction as its steps see it. */
export type Tx = {
  readonly tenant_id: string;
  readonly tx_id: string;
  /** As it was when the transaction began. */
  readonly device: DeviceAddress;
  readonly profile: DeviceProfile;
  readonly quarantined: string | null;
  readonly persist_id: string;
  readonly wait: Wait;
  /** Ends early when somebody asked for something: undo, confirm, stop. */
  readonly waitOrWake: Wait;
  readonly load: () => Promise<DeviceTxState>;
  /** The state with the revision it was read at, for steps that hold only as long as nobody else writes. */
  readonly now: () => Promise<TxAt>;
  /**
   * Appends what the command makes; `written` is false where it was there already. Throws `wrong-state` where another step came first, and `stale-revision` where the
   * stream is not at the revision `at` that the caller names.
   */
  readonly record: (command: DeviceTxCommand, at?: bigint) => Promise<TxAt & { readonly written: boolean }>;
  /** As `record`, also while this instance is stopping. */
  readonly recordLast: (command: DeviceTxCommand) => Promise<void>;
  /** Throws once this instance was told to stop: then it begins nothing. */
  readonly throwIfStopping: () => void;
  /** Told of each RPC of a session that changes the device. */
  readonly heard: (exchange: Exchange) => void;
  readonly context: () => CommandContext;
};

/** Milliseconds from now to a time; negative where it has passed. */
export const msUntil = (tools: Pick<TxTools, 'now'>, at: Timestamp): number =>
  Date.parse(at) - Date.parse(tools.now());
/** A time so many milliseconds later. */
export const later = (at: Timestamp, ms: number): Timestamp => new Date(Date.parse(at) + ms).toISOString();
