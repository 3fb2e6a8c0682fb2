import type { Timestamp } from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { nowText } from '@interlock/platform';
import type { GatewayConfig } from '../config.js';
import type { InventoryEntry } from '../devices/inventory.js';
import type { TxLogger } from '../tx/context.js';
import { ChangeNotices } from './change-notices.js';
import { checkDrift, type DriftGateway, type DriftOutcome, type DriftParts } from './drift-check.js';
import type { ExpectedLeaves } from './expected-leaves.queries.js';
import { LeafReadings } from './leaf-readings.js';

export type DriftOptions = {
  readonly gateway: DriftGateway;
  readonly expected: ExpectedLeaves;
  readonly config: Pick<
    GatewayConfig,
    'NETCONF_DRIFT_MS' | 'NETCONF_DRIFT_AT_ONCE' | 'NETCONF_DRIFT_SUBSCRIPTIONS'
  >;
  readonly logger: TxLogger;
  /** Called after each check. */
  readonly onCheck?: (outcome: DriftOutcome) => void;
};

/** The last check of a device by this instance. */
export type LastCheck = {
  /** When the device was last compared; null if it never was. */
  readonly compared_at: Timestamp | null;
  readonly outcome: DriftOutcome;
};

const keyOf = (tenantId: string, deviceId: string): string => JSON.stringify([tenantId, deviceId]);
const keyOfEntry = ({ address }: InventoryEntry): string => keyOf(address.tenant_id, address.device_id);

/** How soon a device is checked again after a transaction prevented a check, in milliseconds. */
const afterTransactionMs = 5000;
/** How long a check waits for further notifications, which come in groups, in milliseconds. */
const groupedMs = 100;

/**
 * Compares each device with the log: regularly, after a notification, and on demand. The checks of
 * one device run one after the other. Every gateway instance checks every device.
 */
export class DriftChecks {
  readonly #options: DriftOptions;
  readonly #notices: ChangeNotices;
  readonly #readings: LeafReadings;
  readonly #last = new Map<string, LastCheck>();
  /**
   * When each device is due, in milliseconds since the epoch. It is infinite while the check runs.
   */
  readonly #due = new Map<string, number>();
  /** Devices that reported a change since their last check began. */
  readonly #noticed = new Set<string>();
  readonly #running = new Map<string, Promise<unknown>>();
  #timer: NodeJS.Timeout | undefined;

  constructor(options: DriftOptions) {
    this.#options = options;
    const { gateway, config } = options;
    this.#readings = new LeafReadings(gateway.sessions, gateway.inventory.bindings);
    this.#notices = new ChangeNotices({
      sessions: gateway.sessions,
      most: config.NETCONF_DRIFT_MS === 0 ? 0 : config.NETCONF_DRIFT_SUBSCRIPTIONS,
      isChanging: ({ tenant_id, device_id }) => gateway.openOn(tenant_id, device_id).length > 0,
      onChange: ({ tenant_id, device_id }) => {
        const key = keyOf(tenant_id, device_id);
        // A device that notifies without end is checked all the same.
        if (!this.#noticed.has(key)) this.#due.set(key, Date.now() + groupedMs);
        this.#noticed.add(key);
      },
    });
  }

  start(): void {
    const every = this.#options.config.NETCONF_DRIFT_MS;
    if (every === 0) return;
    this.#timer = setInterval(() => this.#tick(), Math.min(1000, Math.max(20, every / 50)));
    this.#timer.unref();
  }

  /** Stops the regular checks. */
  halt(): void {
    clearInterval(this.#timer);
    this.#notices.stop();
  }

  async stop(): Promise<void> {
    this.halt();
    await Promise.allSettled(this.#running.values());
  }

  /** The last check of a device by this instance; undefined before the first. */
  last(tenantId: string, deviceId: string): LastCheck | undefined {
    return this.#last.get(keyOf(tenantId, deviceId));
  }

  /**
   * Checks a device now. With `if-modified`, a device that reports no modification is not read
   * again. Throws `device-unknown`.
   */
  async check(tenantId: string, deviceId: string, how: DriftParts['how'] = 'now'): Promise<DriftOutcome> {
    const key = keyOf(tenantId, deviceId);
    const check = (this.#running.get(key) ?? Promise.resolve())
      .catch(() => undefined)
      .then(() => this.#check(key, tenantId, deviceId, how));
    this.#running.set(key, check);
    try {
      return await check;
    } finally {
      if (this.#running.get(key) === check) this.#running.delete(key);
    }
  }

  async #check(
    key: string,
    tenantId: string,
    deviceId: string,
    how: DriftParts['how'],
  ): Promise<DriftOutcome> {
    const { gateway, expected, onCheck } = this.#options;
    this.#due.set(key, Infinity);
    this.#noticed.delete(key);
    let soon = false;
    try {
      const address = gateway.inventory.find(tenantId, deviceId)?.address;
      const forget = address === undefined ? () => undefined : this.#notices.mark(address);
      const outcome = await checkDrift(
        {
          gateway,
          expected,
          readings: this.#readings,
          authorOf: (device, path) => this.#notices.authorOf(device, path),
          how,
        },
        tenantId,
        deviceId,
      );
      const compared = outcome.state !== 'not_checked';
      this.#last.set(key, {
        compared_at: compared ? nowText() : (this.#last.get(key)?.compared_at ?? null),
        outcome,
      });
      soon = !compared && outcome.code === 'transaction-open';
      if (outcome.state === 'in_sync') forget();
      if (compared && address !== undefined) await this.#notices.subscribe(address);
      onCheck?.(outcome);
      return outcome;
    } finally {
      const usual = this.#options.config.NETCONF_DRIFT_MS;
      // A drifted device is checked more often, because the person who restores it waits for the
      // drift to end.
      const drift = gateway.inventory.find(tenantId, deviceId)?.drift ?? null;
      const every = drift === null ? usual : usual / 10;
      const next = soon ? Math.min(every, afterTransactionMs) : every * (0.75 + Math.random() / 2);
      if (this.#due.get(key) === Infinity) this.#due.set(key, Date.now() + next);
    }
  }

  /** Starts the checks that are due, oldest first, up to the limit of concurrent checks. */
  #tick(): void {
    const { gateway, config, logger } = this.#options;
    const entries = new Map(gateway.inventory.all().map((entry) => [keyOfEntry(entry), entry]));
    for (const held of [this.#due, this.#last, this.#noticed])
      for (const key of [...held.keys()]) if (!entries.has(key)) held.delete(key);
    const addresses = [...entries.values()].map(({ address }) => address);
    this.#notices.keep(addresses);
    this.#readings.keep(addresses);
    const now = Date.now();
    for (const key of entries.keys())
      if (!this.#due.has(key)) this.#due.set(key, now + (Math.random() * config.NETCONF_DRIFT_MS) / 10);
    const due = [...entries]
      .filter(([key]) => this.#due.get(key)! <= now && !this.#running.has(key))
      .sort(([a], [b]) => this.#due.get(a)! - this.#due.get(b)!);
    const free = Math.max(0, config.NETCONF_DRIFT_AT_ONCE - this.#running.size);
    for (const [key, { address }] of due.slice(0, free)) {
      const how = this.#noticed.has(key) ? 'now' : 'if-modified';
      this.check(address.tenant_id, address.device_id, how).catch((error: unknown) => {
        if (!isProblem(error, 'device-unknown'))
          logger.warn(
            { err: error, device_id: address.device_id },
            'a device could not be checked for drift',
          );
      });
    }
  }
}
