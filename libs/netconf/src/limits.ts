/** Caps on what a peer may make us hold in memory. */
export type NetconfLimits = {
  /** Bytes of one whole message, after unframing. */
  readonly maxMessageBytes: number;
  /** Elements nested in one another. */
  readonly maxDepth: number;
  /** Elements in one message. */
  readonly maxElements: number;
  /** Attributes, namespace declarations included, on one element. */
  readonly maxAttributes: number;
};

/**
 * Caps that fit a large configuration of one device: 4 MiB, depth 100, 200,000 elements, 64
 * attributes. INVARIANT: a reply is parsed in one go, and nothing else is answered meanwhile.
 */
export const defaultLimits: NetconfLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxDepth: 100,
  maxElements: 200_000,
  maxAttributes: 64,
};
