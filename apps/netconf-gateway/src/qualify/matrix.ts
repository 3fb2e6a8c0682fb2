import { setTimeout as pause } from 'node:timers/promises';
import {
  endingWays,
  heldLocks,
  type EndingWay,
  type HeldLocks,
  type LeafChange,
  type QualificationCell,
} from '@interlock/contracts';
import { isProblem } from '@interlock/kernel';
import { NetconfRpcError, NetconfTimeoutError, type NetconfClient } from '@interlock/netconf';
import type { Binding, DeviceProfile } from '@interlock/network';
import { ChangeSession, isDeviceFault, type Wait } from '../sessions/change-session.js';
import { readRunningLeaves } from '../devices/device-reading.js';

/** The change that every cell of the matrix makes, and how to reach the device. */
export type MatrixParts = {
  readonly open: () => Promise<NetconfClient>;
  readonly profile: DeviceProfile;
  readonly binding: Binding;
  readonly change: LeafChange;
  readonly edit_xml: string;
  readonly inverse_xml: string;
  /**
   * Seconds after which the device takes an unconfirmed commit back. The run doubles them, to at
   * most `mostTimerFactor` times as many, if answers come too late to judge a cell.
   */
  readonly timeout_s: number;
  readonly persist_id: string;
  /** Waits; throws once the run must stop. */
  readonly wait: Wait;
};

/** Thrown if the leaf could not be given its earlier value. */
export class NotRestoredError extends Error {
  constructor(detail: string) {
    super(`the leaf of the qualification could not be restored: ${detail}`);
    this.name = 'NotRestoredError';
  }
}

/** Thrown if the device did not do what the tested way requires. */
class CellFailedError extends Error {}

/** Thrown if the device's timer may have run out before the way was tried. */
class TooSlowError extends CellFailedError {
  constructor(timeoutS: number) {
    super(`the answers took longer than the device's timer of ${timeoutS} s`);
  }
}

/** Returns whether a fault comes from slowness, which says nothing about the tried way. */
const isUnjudged = (fault: unknown): boolean =>
  fault instanceof TooSlowError ||
  fault instanceof NetconfTimeoutError ||
  isProblem(fault, 'device-unreachable');

/** How many times longer the device's timer may become during a run. */
export const mostTimerFactor = 4;

/** Milliseconds between two readings. More frequent readings delay netconfd's timer. */
const readingMs = 1500;
/** Milliseconds after the end of the device's timer during which it is not read. */
const quietMs = 1000;

const needsPersist: ReadonlySet<EndingWay> = new Set(['cancel', 'other_session']);

/** Returns whether devices of a profile offer what a cell of the matrix needs. */
const isOffered = (profile: DeviceProfile, way: EndingWay, locks: HeldLocks): boolean => {
  if (profile.candidate === 'absent' && (locks === 'candidate' || locks === 'both')) return false;
  if (way === 'edit_back') return true;
  if (way === 'commit_id') return profile.rollback === 'commit-id';
  return (
    profile.confirmed_commit !== 'absent' && (profile.confirmed_commit === '1.1' || !needsPersist.has(way))
  );
};

const detailOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** Runs the cells of a qualification on one device, one after the other. */
export class Matrix {
  #timeoutS: number;

  constructor(private readonly parts: MatrixParts) {
    this.#timeoutS = parts.timeout_s;
  }

  /**
   * Runs every cell of the matrix. After each one, the leaf has its earlier value again. Throws
   * `NotRestoredError` if it does not, and whatever `wait` throws.
   */
  async run(): Promise<readonly QualificationCell[]> {
    const cells: QualificationCell[] = [];
    for (const way of endingWays)
      for (const locks of heldLocks) {
        cells.push(
          isOffered(this.parts.profile, way, locks)
            ? await this.#judged(way, locks)
            : { way, locks, result: 'not_offered', why: null },
        );
      }
    return cells;
  }

  /** Tries a cell until it can be judged, each time with a timer that is twice as long. */
  async #judged(way: EndingWay, locks: HeldLocks): Promise<QualificationCell> {
    for (;;) {
      await this.parts.wait(0);
      const fault = await this.#fault(way, locks);
      const isLast = this.#timeoutS >= mostTimerFactor * this.parts.timeout_s;
      if (fault === null) return { way, locks, result: 'pass', why: null };
      if (isLast || !isUnjudged(fault)) return { way, locks, result: 'fail', why: detailOf(fault) };
      this.#timeoutS *= 2;
    }
  }

  /**
   * Gives the leaf its earlier value, in whatever state the change is. Throws `NotRestoredError`.
   */
  async restore(): Promise<void> {
    let fault = 'the device did not take the inverse edit';
    for (let attempt = 1; attempt <= 3; attempt += 1) {
      try {
        await this.#restoreOnce();
        return;
      } catch (error) {
        if (!isDeviceFault(error) && !(error instanceof CellFailedError)) throw error;
        fault = detailOf(error);
      }
    }
    throw new NotRestoredError(fault);
  }

  /** Tries a cell, restores the leaf, and returns the fault; null if there was none. */
  async #fault(way: EndingWay, locks: HeldLocks): Promise<unknown> {
    let fault: unknown = null;
    let own: ChangeSession | undefined;
    let other: NetconfClient | undefined;
    try {
      own = await this.#session();
      other = await this.parts.open();
      await this.#lock(own, locks);
      if (way === 'edit_back') await this.#editBack(own, other);
      else if (way === 'commit_id') await this.#rollBack(own, other);
      else await this.#end(way, own, other);
    } catch (error) {
      if (!isDeviceFault(error) && !(error instanceof CellFailedError)) throw error;
      fault = error;
    } finally {
      await own?.close();
      await other?.close();
      await this.restore();
    }
    return fault;
  }

  async #session(): Promise<ChangeSession> {
    const { open, profile, binding, wait } = this.parts;
    return new ChangeSession(await open(), profile, binding, wait, () => undefined);
  }

  async #lock(session: ChangeSession, locks: HeldLocks): Promise<void> {
    for (const target of ['running', 'candidate'] as const)
      if ((locks === target || locks === 'both') && !(await session.tryLock(target)))
        throw new CellFailedError(`the lock of ${target} was refused`);
  }

  /**
   * Makes the change tentative. Without its own persist-id, the change ends with its session.
   * Returns a function that tells whether the device's timer may have run out.
   */
  async #commit(
    session: ChangeSession,
    reader: NetconfClient,
    isPersistent: boolean,
  ): Promise<() => boolean> {
    const { change, edit_xml, persist_id } = this.parts;
    await session.edit(edit_xml);
    const [first, ...more] = await session.difference();
    if (first?.path !== change.path || first.after !== change.after || more.length > 0)
      throw new CellFailedError('the candidate differs from running by other leaves than the edited one');
    const timeoutS = this.#timeoutS;
    const sentAt = performance.now();
    await session.commit({ timeoutS, ...(isPersistent ? { persist: persist_id } : {}) });
    session.committed();
    const isOver = (): boolean => performance.now() - sentAt >= timeoutS * 1000;
    if ((await this.#value(reader)) !== change.after)
      throw isOver() ? new TooSlowError(timeoutS) : new CellFailedError('the confirmed commit had no effect');
    return isOver;
  }

  async #end(
    way: Exclude<EndingWay, 'edit_back' | 'commit_id'>,
    own: ChangeSession,
    other: NetconfClient,
  ): Promise<void> {
    const { change, persist_id } = this.parts;
    const { client } = own;
    const endsWithSession = way === 'close' || way === 'cut' || way === 'kill';
    const isOver = await this.#commit(own, other, !endsWithSession);
    const inTime = async (ending: Promise<unknown>): Promise<void> => {
      await ending.catch((error: unknown) => {
        throw isOver() ? new TooSlowError(this.#timeoutS) : error;
      });
    };
    switch (way) {
      case 'confirm':
        await inTime(own.confirm(persist_id));
        return this.#confirmed(own, other);
      case 'cancel':
        await inTime(client.cancelCommit(persist_id));
        break;
      case 'other_session':
        await inTime(other.cancelCommit(persist_id));
        break;
      case 'close':
        await client.close();
        break;
      case 'cut':
        client.destroy();
        break;
      case 'kill':
        await other.killSession(client.sessionId);
        break;
      case 'timeout':
        await this.parts.wait(this.#timeoutS * 1000 + quietMs);
        break;
    }
    await this.#reaches(other, change.before, 'the device kept the change');
  }

  /** Checks that the commit is confirmed: it can be neither cancelled nor lost. */
  async #confirmed(own: ChangeSession, other: NetconfClient): Promise<void> {
    const { change, persist_id } = this.parts;
    if (own.isBound) await own.client.close();
    else
      await other.cancelCommit(persist_id).catch((error: unknown) => {
        if (!(error instanceof NetconfRpcError)) throw error;
      });
    await this.#reaches(other, change.after, 'the device lost the confirmed change');
  }

  async #editBack(own: ChangeSession, other: NetconfClient): Promise<void> {
    const { change, edit_xml, inverse_xml } = this.parts;
    for (const [xml, value] of [
      [edit_xml, change.after],
      [inverse_xml, change.before],
    ] as const) {
      await own.edit(xml);
      await own.commit();
      own.committed();
      await this.#reaches(other, value, 'the edit had no effect');
    }
  }

  async #rollBack(own: ChangeSession, other: NetconfClient): Promise<void> {
    const { change, edit_xml } = this.parts;
    const before = await own.lastCommit();
    await own.edit(edit_xml);
    const id = await own.commit();
    own.committed();
    await this.#reaches(other, change.after, 'the edit had no effect');
    if (before === null || id === null || (await own.lastCommit()) !== id)
      throw new CellFailedError('the device does not name its commits');
    await own.rollBackTo(before);
    await this.#reaches(other, change.before, 'the rollback had no effect');
  }

  async #value(client: NetconfClient): Promise<string | null> {
    return (await readRunningLeaves(client, this.parts.binding))[this.parts.change.path] ?? null;
  }

  /** Waits until running has the value, for at most the length of the device's own timer. */
  async #reaches(
    client: NetconfClient,
    value: string | null,
    fault: string,
    wait: Wait = this.parts.wait,
  ): Promise<void> {
    const end = performance.now() + this.#timeoutS * 1000;
    while ((await this.#value(client)) !== value) {
      const leftMs = end - performance.now();
      if (leftMs <= 0) throw new CellFailedError(fault);
      await wait(Math.min(readingMs, leftMs));
    }
  }

  async #restoreOnce(): Promise<void> {
    const { change, inverse_xml, profile, persist_id } = this.parts;
    const session = await this.#session();
    try {
      const { client } = session;
      if ((await this.#value(client)) === change.before) return;
      const unlessRefused = (error: unknown): void => {
        if (!(error instanceof NetconfRpcError)) throw error;
      };
      if (profile.confirmed_commit === '1.1') await client.cancelCommit(persist_id).catch(unlessRefused);
      if ((await this.#value(client)) === change.before) return;
      if (session.hasCandidate) await session.discard();
      await session.edit(inverse_xml);
      // A commit that is still pending is ended by the commit that restores the leaf.
      await session.commit().catch(async (error: unknown) => {
        unlessRefused(error);
        await client.commit({ persistId: persist_id });
      });
      session.committed();
    } finally {
      await session.close();
    }
    const reader = await this.parts.open();
    try {
      // INVARIANT: a run that must stop restores the leaf first.
      await this.#reaches(reader, change.before, 'the inverse edit had no effect', (ms) => pause(ms));
    } finally {
      await reader.close();
    }
  }
}
