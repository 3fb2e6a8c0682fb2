import type { SchemaNode } from '../bindings/check.js';

/** A module among YANG texts. `revision` is the latest; null where the text names none. */
export type YangText = {
  readonly name: string;
  readonly revision: string | null;
  readonly namespace: string;
};

/** What a node depends on beyond itself. */
export type SchemaContext = {
  /** The `if-feature` expressions of the node and of all above it, each `<module>:<feature>`. */
  readonly features: readonly string[];
  /** The `when` and `must` expressions of the nodes above it. */
  readonly rules_above: readonly string[];
  /** Leaves of type `identityref`: `<module>:<name>` of each identity that the leaf takes. */
  readonly identities: readonly string[];
};

/** The schema that YANG texts make together. */
export type YangSchema = {
  readonly modules: readonly YangText[];
  /** The texts in their order, submodules among them, which have no namespace. */
  readonly texts: readonly YangText[];
  /** What the texts import or include, and is not among them. */
  readonly missing: readonly string[];
  /**
   * The data node at a path such as `/ietf-interfaces:interfaces/interface/ietf-ip:ipv4`, after the
   * deviations of the texts; null where there is none, or where its features are off.
   */
  readonly nodeAt: (path: string) => SchemaNode | null;
  /** The context of the data node at a path; null where there is none. */
  readonly contextAt: (path: string) => SchemaContext | null;
};
