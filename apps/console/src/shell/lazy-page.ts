import { lazyRouteComponent } from '@tanstack/react-router';

/** The code of a page could not be loaded: the server is away or now has another release. */
export class PageMissing extends Error {
  constructor(cause: unknown) {
    super('the code of this page did not load', { cause });
    this.name = 'PageMissing';
  }
}

/**
 * A page whose code is loaded when it is opened. It replaces the router's own handling of failures,
 * which reloads the whole page and shows nothing while the server is away.
 */
export const lazyPage: typeof lazyRouteComponent = (load, name) =>
  lazyRouteComponent(
    () =>
      load().catch((cause: unknown) => {
        throw new PageMissing(cause);
      }),
    name,
  );
