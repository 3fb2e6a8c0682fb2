import type { SchemaNode } from '../bindings/check.js';

/** A module among YANG texts. `revision` is the latest; null if the text names none. */
export type YangText = {
  readonly name: string;
  readonly revision: string | null;
  readonly namespace: string;
};

/** The surroundings on which a node depends. */
export type SchemaContext = {
  /**
   * The `if-feature` expressions of the node and of all nodes above it, each as
   * `<module>:<feature>`.
   */
  readonly features: readonly string[];
  /** The `when` and `must` expressions of the nodes above it. */
  readonly rules_above: readonly string[];
  /** For leaves of type `identityref`: `<module>:<name>` of each identity that the leaf accepts. */
  readonly identities: readonly string[];
};

/** The schema that YANG texts define together. */
export type YangSchema = {
  readonly modules: readonly YangText[];
  /** The texts in their order, including submodules, which have no namespace. */
  readonly texts: readonly YangText[];
  /** The modules that the texts import or include and that are not among them. */
  readonly missing: readonly string[];
  /**
   * Returns the data node at a path such as `/ietf-interfaces:interfaces/interface/ietf-ip:ipv4`,
   * after the deviations of the texts. Null if there is none, or if its features are disabled.
   */
  readonly nodeAt: (path: string) => SchemaNode | null;
  /** Returns the context of the data node at a path; null if there is none. */
  readonly contextAt: (path: string) => SchemaContext | null;
};
