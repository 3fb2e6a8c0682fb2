export { isUnavailable, asDatabaseProblem, reading } from './errors.js';
export { openPool } from './pool.js';
export { checkRole, poolFaults, readRoleFacts, rightFaults } from './role-check.js';
export type { RoleFacts } from './role-check.js';
export { tryLock } from './advisory-lock.js';
export {
  encodeCursor,
  decodeCursor,
  defaultLimit,
  maxLimit,
  pageByIndex,
  pageByKey,
  pagesOf,
  tablePages,
} from './cursor.js';
export type { Page, PageAsked } from './cursor.js';
export { withTenant, setTenant, tenantBound, allTenants } from './tenant.js';
export { runMigrations, pendingMigrations } from './migrations.js';
export type { Migration } from './migrations.js';
export {
  defineProjection,
  eventsOf,
  handlersFor,
  projectionsOf,
  migrateProjection,
} from './projection/definition/projection.js';
export { foldRow } from './projection/definition/fold.js';
export type { RowFold } from './projection/definition/fold.js';
export { dropOldVersions } from './projection/following/serving.js';
export type { Projection, ProjectedEvent } from './projection/definition/projection.js';
export { ProjectionRunner } from './projection/following/runner.js';
export type { ProjectionRunnerOptions } from './projection/definition/options.js';
export type { ProjectionAlerts } from './projection/definition/alert.js';
export { rebuildProjection } from './projection/copying/rebuild.js';
export type { Rebuilt } from './projection/copying/rebuild.js';
export { dropEmptyPartitions, plannedRemovals, removeRetained } from './projection/definition/retention.js';
export type { Retained } from './projection/definition/retention.js';
export { verifyProjection, verifyProjectionShape } from './projection/copying/verify.js';
export type { Verified } from './projection/copying/verify.js';
export { heldRows, insertRows, iso, perBatch, upsertRows } from './rows.js';
export { lookAtProjection } from './projection/copying/list.js';
export type { ListedProjection } from './projection/copying/list.js';
export { createJobs, migrateJobs } from './jobs.js';
export type { Jobs } from './jobs.js';
