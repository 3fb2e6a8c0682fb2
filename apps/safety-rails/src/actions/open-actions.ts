import type { LogFollower } from '@interlock/eventstore';
import type { ListedAction } from '@interlock/rails';
import { Injectable } from '@nestjs/common';
import { RailsWork } from '../rails-work.js';

/**
 * The unfinished actions of all tenants from the log, so that the sweep and the kill switch need no
 * database.
 */
@Injectable()
export class OpenActions {
  constructor(private readonly work: RailsWork) {}

  get follower(): LogFollower {
    return this.work.follower;
  }

  /** False while the list rests on a note; it may then lack actions. */
  get isConfirmed(): boolean {
    return this.work.isConfirmed;
  }

  /**
   * Reads the log, so that the list holds everything from before the call. Throws the store's
   * errors.
   */
  current(): Promise<void> {
    return this.work.current();
  }

  list(): readonly ListedAction[] {
    return this.work.open.actions.list();
  }
}
