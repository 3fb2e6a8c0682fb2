export { isUnavailable, asDatabaseProblem, reading } from './errors.js';
export { openPool } from './pool.js';
export { checkRole, poolFaults, readRoleFacts, rightFaults } from './role-check.js';
export type { RoleFacts } from './role-check.js';
export { tryLock } from './advisory-lock.js';
export { encodeCursor, decodeCursor, pageLimit, keysetPage, maxLimit } from './cursor.js';
export type { Page } from './cursor.js';
export { withTenant, setTenant, tenantBound, allTenants } from './tenant.js';
export { runMigrations, pendingMigrations } from './migrations.js';
export type { Migration } from './migrations.js';
export {
  defineProjection,
  eventsOf,
  handlersFor,
  projectionsOf,
  migrateProjection,
} from './projection/projection.js';
export { foldRow } from './projection/fold.js';
export type { RowFold } from './projection/fold.js';
export { dropOldVersions } from './projection/serving.js';
export type { Projection, ProjectedEvent } from './projection/projection.js';
export { ProjectionRunner } from './projection/runner.js';
export type { ProjectionRunnerOptions } from './projection/options.js';
export type { ProjectionAlerts } from './projection/alert.js';
export { rebuildProjection } from './projection/rebuild.js';
export type { Rebuilt } from './projection/rebuild.js';
export { dropEmptyPartitions, plannedRemovals, removeRetained } from './projection/retention.js';
export type { Retained } from './projection/retention.js';
export { verifyProjection, verifyProjectionShape } from './projection/verify.js';
export type { Verified } from './projection/verify.js';
export { heldRows, insertRows, iso, perBatch, upsertRows } from './rows.js';
export { lookAtProjection } from './projection/list.js';
export type { ListedProjection } from './projection/list.js';
export { createJobs, migrateJobs } from './jobs.js';
export type { Jobs } from './jobs.js';
