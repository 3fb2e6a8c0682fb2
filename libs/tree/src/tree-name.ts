import { parseStream, streamName, systemTenant, tenantPattern } from '@interlock/contracts';
import { tenantOrigin } from './checkpoint/checkpoint.js';

/** The tree over the whole log; no tenant has this name. */
export const wholeTree = '*';

/** The trees that an event of a stream is a leaf of: the whole log's, and its tenant's own where the stream names a tenant. */
export const treesOf = (stream: string): readonly string[] => {
  const tenant = parseStream(stream)?.tenant;
  return tenant !== undefined && (tenant === systemTenant || tenantPattern.test(tenant))
    ? [wholeTree, tenant]
    : [wholeTree];
};

/** What a tree's checkpoints name it by: the log's own origin, or the tenant's below it. */
export const originOfTree = (origin: string, tree: string): string =>
  tree === wholeTree ? origin : tenantOrigin(origin, tree);

/** Who may read a tree: the tenant whose it is; the whole log's belongs to no tenant but the system's. */
export const ownerOfTree = (tree: string): string => (tree === wholeTree ? systemTenant : tree);

/** The stream of a tree's checkpoints. The whole log's is `checkpoint-_system:log`; the system tenant's own tree has another beside it. */
export const checkpointStream = (tree: string): string =>
  streamName('checkpoint', ownerOfTree(tree), tree === systemTenant ? 'own' : 'log');

/** The stream in which the log's keys follow one another. */
export const keyStream = streamName('checkpoint', systemTenant, 'keys');

/** True for a stream that `audit` writes about the trees: a tree that grew by nothing else needs no new checkpoint. */
export const isAboutTrees = (stream: string): boolean => stream.startsWith('checkpoint-');
