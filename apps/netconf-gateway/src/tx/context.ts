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
import type { FollowedStreams } from '../followed-streams.js';
import type { Inventory } from '../inventory.js';
import type { DeviceAddress, DeviceSessions } from '../sessions.js';
import type { FindHandler } from '../handlers.js';
import type { ChangeSession } from '../change-session.js';
import type { UnsentCommits } from './unsent.js';

export type TxLogger = {
  readonly info: (fields: object, message: string) => void;
  readonly warn: (fields: object, message: string) => void;
  readonly error: (fields: object, message: string) => void;
};

/** Between which steps of a transaction tests may stop the gateway, beside its events. */
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
/** Called between the steps of a transaction; tests stop the gateway there. */
export type Probe = (point: TxProbe, txId: string) => Promise<void> | void;

/** What a transaction's steps work with. */
export type TxTools = {
  readonly store: EventStore;
  readonly executor?: ExecutorPresence | undefined;
  readonly config: GatewayConfig;
  readonly inventory: Inventory;
  readonly sessions: DeviceSessions;
  readonly followed: FollowedStreams;
  readonly transactions: CommandHandler<DeviceTxCommand, DeviceTxEvent, DeviceTxState>;
  readonly devices: CommandHandler<DeviceCommand, DeviceEvent, DeviceState>;
  readonly logger: TxLogger;
  readonly handler: FindHandler;
  /** Names this process in `TentativeCommitRequested`. */
  readonly instance: string;
  readonly persistId: (tenantId: string, txId: string) => string;
  readonly probe: Probe;
  readonly onEnd: (state: TxState) => void;
  /** What this process alone knows. */
  readonly unsent: UnsentCommits;
  readonly now: () => Timestamp;
};

/** A transaction's state and the revision of its last event. */
export type TxAt = WorkAt<DeviceTxState>;

/** One transaction as its steps see it. */
export type Tx = Work<DeviceTxCommand, DeviceTxState> & {
  /** As it was when the transaction began. */
  readonly device: DeviceAddress;
  readonly profile: DeviceProfile;
  /** Of the prepared change, whatever the inventory says since. */
  readonly binding: Binding;
  /**
   * Why nothing may change the device, as far as the inventory is current; null where nothing keeps
   * it.
   */
  readonly quarantined: () => string | null;
  /** The id that the tentative commit is confirmed or cancelled by. */
  readonly persistId: () => string;
  /**
   * The transaction's own session: the one that it has kept, while that lives, else a new one that
   * it keeps.
   */
  readonly session: () => Promise<ChangeSession>;
  /** The session that the transaction has kept, while it lives. */
  readonly keptSession: () => ChangeSession | undefined;
  /** Keeps a session until the transaction is at its end, or this instance ends its work on it. */
  readonly keepSession: (session: ChangeSession) => void;
  readonly endSession: () => Promise<void>;
  /** Told of each RPC of a session that changes the device. */
  readonly heard: (exchange: Exchange) => void;
  readonly context: () => CommandContext;
};

/** Milliseconds from now to a time; negative where it has passed. */
export const msUntil = (tools: Pick<TxTools, 'now'>, at: Timestamp): number =>
  Date.parse(at) - Date.parse(tools.now());
/** A time so many milliseconds later. */
export const later = (at: Timestamp, ms: number): Timestamp => new Date(Date.parse(at) + ms).toISOString();
