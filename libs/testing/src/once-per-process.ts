import { EventEmitter } from 'node:events';

const key = Symbol.for('interlock.testing.shared');
type Shared = { [name: string]: Promise<unknown> | undefined };

/**
 * Makes something once in a process. Jest gives each test file its own modules. Node's
 * own modules are the same for all, so shared values are attached to one of them. A maker that
 * failed is called again.
 */
export const oncePerProcess = <T>(name: string, make: () => Promise<T>): Promise<T> => {
  const holder = EventEmitter as unknown as { [key]?: Shared };
  const shared = (holder[key] ??= {});
  const made = (shared[name] as Promise<T> | undefined) ?? make();
  shared[name] = made;
  made.catch(() => {
    shared[name] = undefined;
  });
  return made;
};
