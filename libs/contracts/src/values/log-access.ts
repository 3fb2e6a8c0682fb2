import { systemTenant } from './names.js';
import { cutCategories, ownCategories, streamName, streamOwners } from './streams.js';

/**
 * The rights of a user of the log, as in the users file of the embedded log. `writes` are the
 * prefixes of writable streams, by service. `reads` are the prefixes of readable streams; `all` is
 * the whole log.
 */
export type LogRights = {
  readonly writes: { readonly [service: string]: readonly string[] };
  readonly reads: 'all' | readonly string[];
  /**
   * The prefixes of streams that the user may truncate. A user with any of them may also start a
   * scavenge.
   */
  readonly truncates?: readonly string[];
};

/** The log's user for a process that contains every service. */
export const logUnion = 'interlock';
/**
 * The log's user that reads everything and writes nothing: for the edge, and for commands that read
 * the log themselves.
 */
export const logReader = 'reader';

const categoriesOf = (service: string): readonly string[] =>
  Object.keys(streamOwners).filter(
    (category) => streamOwners[category as keyof typeof streamOwners] === service,
  );

/**
 * Returns the rights of a process that contains these services. It writes the categories that they
 * own, each in the name of its owner, and each service's own streams of `_system`. Audit also
 * truncates streams.
 */
export const logRights = (services: readonly string[]): LogRights => ({
  writes: Object.fromEntries(
    services.flatMap((service) => {
      const categories = categoriesOf(service);
      const own = ownCategories.map((category) => streamName(category, systemTenant, service));
      return categories.length === 0
        ? []
        : [[service, [...categories.map((category) => `${category}-`), ...own]]];
    }),
  ),
  reads: 'all',
  ...(services.includes('audit') ? { truncates: cutCategories.map((category) => `${category}-`) } : {}),
});
