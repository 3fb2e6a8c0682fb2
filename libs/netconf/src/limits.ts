/** Limits on the memory that a peer can make us use. */
export type NetconfLimits = {
  /** Bytes of one whole message, after unframing. */
  readonly maxMessageBytes: number;
  /** Nested elements. */
  readonly maxDepth: number;
  /** Elements in one message. */
  readonly maxElements: number;
  /** Attributes, namespace declarations included, on one element. */
  readonly maxAttributes: number;
};

/**
 * Limits that suit a large configuration of one device: 4 MiB, depth 100, 200,000 elements, 64
 * attributes. INVARIANT: a reply is parsed in one go, and this process answers nothing else
 * meanwhile.
 */
export const defaultLimits: NetconfLimits = {
  maxMessageBytes: 4 * 1024 * 1024,
  maxDepth: 100,
  maxElements: 200_000,
  maxAttributes: 64,
};
