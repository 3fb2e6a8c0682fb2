import { Inject, Injectable } from '@nestjs/common';
import {
  CommandHandler,
  type Command,
  type CommandHandlerOptions,
  type Decider,
  type DomainEvent,
  type EventStore,
} from '@interlock/kernel';

import { backoff } from '../base/ids.js';
import { EVENT_STORE } from './platform-module.js';

/**
 * Returns the class to extend for a decider's command handler: `class BundleHandler extends
 * handlerOf(bundleDecider) {}`. List it in a module and inject it by name. INVARIANT: a process has
 * one handler per decider. It runs the commands of a stream one after the other and keeps the
 * stream's state for all callers.
 */
export const handlerOf = <C extends Command, E extends DomainEvent, S>(
  decider: Decider<C, E, S>,
  options: Pick<CommandHandlerOptions, 'cacheSize'> = {},
): new (store: EventStore) => CommandHandler<C, E, S> => {
  @Injectable()
  class DeciderHandler extends CommandHandler<C, E, S> {
    constructor(@Inject(EVENT_STORE) store: EventStore) {
      super(store, decider, { backoff, ...options });
    }
  }
  return DeciderHandler;
};
