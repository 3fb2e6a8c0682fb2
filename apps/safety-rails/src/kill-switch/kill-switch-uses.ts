import { actorKey, parseStream, type Timestamp } from '@interlock/contracts';
import { positionText, type RecordedEvent } from '@interlock/kernel';
import type { KillSwitchEvent, KillSwitchTarget, ReceiptData } from '@interlock/rails';

/**
 * One use of a kill switch in the log, from its engagement to its release. `use_id` is the id of
 * `KillSwitchEngaged`.
 */
export type KillSwitchUse = {
  readonly use_id: string;
  readonly stream: string;
  readonly revision: string;
  /** The owner of the stream: `_system` for the global switch. */
  readonly owner: string;
  readonly target: KillSwitchTarget;
  readonly reason: string;
  readonly drill: boolean;
  readonly rollback_in_flight: boolean;
  readonly engaged_at: Timestamp;
  readonly engaged_by: string;
  readonly position: string;
  readonly acknowledged_at: Timestamp | null;
  readonly receipt: ReceiptData | null;
  readonly release_requested: {
    readonly by: string;
    readonly at: Timestamp;
    readonly expires_at: Timestamp;
    readonly reason: string;
  } | null;
  readonly released: {
    readonly by: string;
    readonly at: Timestamp;
    readonly requested_by: string | null;
    readonly reason: string;
  } | null;
};

type Event = RecordedEvent & KillSwitchEvent;
const isKnown = (event: RecordedEvent): event is Event => event.type.startsWith('KillSwitch');
const keptPerOwner = 1000;

/**
 * Every use of every kill switch, folded from the log; it needs no database. Beyond a thousand, an
 * owner's oldest uses are dropped.
 */
export class KillSwitchUses {
  readonly #uses = new Map<string, KillSwitchUse[]>();
  /** The active use, by stream. */
  readonly #open = new Map<string, KillSwitchUse>();

  fold(event: RecordedEvent): void {
    const owner = parseStream(event.stream)?.tenant;
    if (owner === undefined || !isKnown(event)) return;
    const at = event.metadata.occurred_at;
    const by = actorKey(event.metadata.actor);
    if (event.type === 'KillSwitchEngaged') {
      const { reason, rollback_in_flight, drill, listed: _, ...target } = event.data;
      const use: KillSwitchUse = {
        use_id: event.id,
        stream: event.stream,
        revision: `${event.revision}`,
        owner,
        target,
        reason,
        drill: drill === true,
        rollback_in_flight,
        engaged_at: at,
        engaged_by: by,
        position: positionText(event.position),
        acknowledged_at: null,
        receipt: null,
        release_requested: null,
        released: null,
      };
      const all = this.#uses.get(owner) ?? [];
      this.#uses.set(owner, [...all.slice(1 - keptPerOwner), use]);
      this.#open.set(event.stream, use);
      return;
    }
    const use = this.#open.get(event.stream);
    if (use === undefined) return;
    switch (event.type) {
      case 'KillSwitchAcknowledged': {
        const { listed: _, ...receipt } = event.data;
        this.#put({ ...use, acknowledged_at: at, receipt });
        return;
      }
      case 'KillSwitchReleaseRequested': {
        const { expires_at, reason } = event.data;
        this.#put({ ...use, release_requested: { by: event.data.by, at, expires_at, reason } });
        return;
      }
      case 'KillSwitchReleased': {
        const { requested_by = null, reason } = event.data;
        this.#put({ ...use, released: { by, at, requested_by, reason } });
        this.#open.delete(event.stream);
        return;
      }
      case 'KillSwitchListed':
        return;
    }
  }

  /** Returns the active use of a switch; undefined if it is not engaged. */
  open(stream: string): KillSwitchUse | undefined {
    return this.#open.get(stream);
  }

  /** Returns the active uses of all switches. */
  goingOn(): readonly KillSwitchUse[] {
    return [...this.#open.values()];
  }

  /**
   * Returns the uses of a tenant's own switches, latest first. Those of the global switch belong to
   * `_system`.
   */
  of(owner: string): readonly KillSwitchUse[] {
    return [...(this.#uses.get(owner) ?? [])].reverse();
  }

  #put(use: KillSwitchUse): void {
    this.#open.set(use.stream, use);
    const all = this.#uses.get(use.owner) ?? [];
    this.#uses.set(
      use.owner,
      all.map((one) => (one.use_id === use.use_id ? use : one)),
    );
  }
}
