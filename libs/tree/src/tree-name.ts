import { parseStream, streamName, systemTenant, tenantPattern } from '@interlock/contracts';

/** The tree over the whole log; no tenant has this name. */
export const wholeTree = '*';

/**
 * The tenant whose tree an event of a stream is a leaf of. A stream that names no valid tenant belongs to the system's: each leaf belongs to exactly
 * one tenant, so that the tenants' sizes add up to that of the whole.
 */
export const tenantOf = (stream: string): string => {
  const tenant = parseStream(stream)?.tenant;
  return tenant !== undefined && tenantPattern.test(tenant) ? tenant : systemTenant;
};

/** The trees that an event of a stream is a leaf of: the whole log's, and its tenant's own. */
export const treesOf = (stream: string): readonly [whole: string, tenant: string] => [
  wholeTree,
  tenantOf(stream),
];

/** Name of a tree in reports: the log's own origin, or the tenant's part of it. Checkpoints have the log's only. */
export const originOfTree = (origin: string, tree: string): string =>
  tree === wholeTree ? origin : `${origin}/${tree}`;

/** Who may read a tree: the tenant whose it is; the whole log's belongs to no tenant but the system's. */
export const ownerOfTree = (tree: string): string => (tree === wholeTree ? systemTenant : tree);

/** The stream of the log's checkpoints. */
export const checkpointStream = streamName('checkpoint', systemTenant, 'log');

/** The stream in which the log's keys follow one another. */
export const keyStream = streamName('checkpoint', systemTenant, 'keys');

/** True for a stream that `audit` writes about the tree: a tree that grew by nothing else needs no new checkpoint. */
export const isAboutTrees = (stream: string): boolean => stream.startsWith('checkpoint-');
