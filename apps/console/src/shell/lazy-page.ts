import { lazyRouteComponent } from '@tanstack/react-router';

/** The code of a page could not be fetched: the server is away, or holds another release by now. */
export class PageMissing extends Error {
  constructor(cause: unknown) {
    super('the code of this page did not arrive', { cause });
    this.name = 'PageMissing';
  }
}

/**
 * A page whose code is fetched when it is opened. The router itself would load the whole page anew
 * at a fault, which shows nothing while the server is away.
 */
export const lazyPage: typeof lazyRouteComponent = (load, name) =>
  lazyRouteComponent(
    () =>
      load().catch((cause: unknown) => {
        throw new PageMissing(cause);
      }),
    name,
  );
