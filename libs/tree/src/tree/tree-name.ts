import { parseStream, streamName, systemTenant, tenantPattern } from '@interlock/contracts';

/** The name of the tree over the whole log; no tenant has this name. */
export const wholeTree = '*';

/**
 * The tenant whose tree holds an event of a stream. A stream without a valid tenant belongs to the
 * system. So each leaf belongs to exactly one tenant, and the tenants' sizes add up to that of the
 * whole log.
 */
export const tenantOf = (stream: string): string => {
  const tenant = parseStream(stream)?.tenant;
  return tenant !== undefined && tenantPattern.test(tenant) ? tenant : systemTenant;
};

/** The trees that hold an event of a stream: the whole log's, and its tenant's own. */
export const treesOf = (stream: string): readonly [whole: string, tenant: string] => [
  wholeTree,
  tenantOf(stream),
];

/**
 * The name of a tree in reports: the log's own origin, or the tenant's part of it. Checkpoints have
 * only the log's.
 */
export const originOfTree = (origin: string, tree: string): string =>
  tree === wholeTree ? origin : `${origin}/${tree}`;

/** Who may read a tree: its tenant; only the system may read the whole log's. */
export const ownerOfTree = (tree: string): string => (tree === wholeTree ? systemTenant : tree);

/** The stream of the log's checkpoints. */
export const checkpointStream = streamName('checkpoint', systemTenant, 'log');

/** The stream of the log's successive keys. */
export const keyStream = streamName('checkpoint', systemTenant, 'keys');

/**
 * True for a stream that `audit` writes about the tree. A tree that grew only by such events needs
 * no new checkpoint. A cut does: what is missing is proved by its record.
 */
export const isAboutTrees = (stream: string): boolean =>
  stream.startsWith('checkpoint-') && !stream.endsWith(':cuts');
