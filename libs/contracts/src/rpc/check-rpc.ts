// ---- audit.check
/**
 * The checks of Interlock's own data. `light` is a small form of `integrity_check` and
 * `schema_validation`.
 */
export const checkKinds = [
  'integrity_check',
  'full_integrity_check',
  'cold_storage_verification',
  'schema_validation',
  'light',
] as const;
export type CheckKind = (typeof checkKinds)[number];
/** A range of positions in the log, both inclusive. */
export type CheckRange = { readonly from: string; readonly to: string };
export type CheckFinding = {
  readonly code: string;
  readonly detail: string;
  /** Its position in the log; null if it is elsewhere. */
  readonly position: string | null;
};
/**
 * The request for a check. A repeated `request_id` gets the answer of the check that it started.
 */
export type AuditCheckRequest = { readonly kind: CheckKind; readonly request_id: string };
export type AuditCheckAnswer = {
  readonly passed: boolean;
  /** The numbers of checked and of faulty things. `findings` are the first of the faulty ones. */
  readonly checked: number;
  readonly failed: number;
  readonly range: CheckRange | null;
  readonly detail: string;
  readonly findings: readonly CheckFinding[];
};

/** The services that have read models in Postgres, besides audit's own. */
export const readModelServices = ['policy-registry', 'safety-rails', 'netconf-gateway', 'alerting'] as const;
type ReadModelService = (typeof readModelServices)[number];
/**
 * The request for a check of read models. `shape`: the definitions of the tables. `rows`: also
 * their rows, compared with a new replay of the log. A repeated `request_id` gets the answer of the
 * check that it started.
 */
export type CheckReadModelsRequest = { readonly kind: 'shape' | 'rows'; readonly request_id: string };
export type CheckReadModelsAnswer = {
  /** The number of checked tables and rows. */
  readonly checked: number;
  readonly findings: readonly CheckFinding[];
};

/** The commands for checks, by `<service>.<command>`. */
export type CheckCommands = {
  readonly 'audit.check': { readonly request: AuditCheckRequest; readonly answer: AuditCheckAnswer };
} & {
  readonly [S in ReadModelService as `${S}.check_read_models`]: {
    readonly request: CheckReadModelsRequest;
    readonly answer: CheckReadModelsAnswer;
  };
};
