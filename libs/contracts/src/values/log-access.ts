import { systemTenant } from './names.js';
import { cutCategories, ownCategories, streamName, streamOwners } from './streams.js';

/**
 * The rights of a user of the log, as in the users file of the embedded log. `writes` are stream
 * prefixes by writing service; `reads` are the prefixes that the user reads, and `all` is the whole
 * log.
 */
export type LogRights = {
  readonly writes: { readonly [service: string]: readonly string[] };
  readonly reads: 'all' | readonly string[];
  /** Stream prefixes that the user may truncate; with one, the user may start a scavenge. */
  readonly truncates?: readonly string[];
};

/** The user of the log for a process that holds every service. */
export const logUnion = 'interlock';
/**
 * The user of the log that reads everything and writes nothing: for the edge, and for commands that
 * read the log themselves.
 */
export const logReader = 'reader';

const categoriesOf = (service: string): readonly string[] =>
  Object.keys(streamOwners).filter(
    (category) => streamOwners[category as keyof typeof streamOwners] === service,
  );

/**
 * The rights of a process that holds these services. It writes the categories that they own, each
 * in the name of its owner, and each service's own streams of `_system`. Audit cuts the log.
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
