/** The token of the durable jobs, of type `Jobs`. */
export const JOBS = Symbol('JOBS');
/** The name under which the controller of tenants injects its handler. */
export { TenantHandler as TENANT_HANDLER } from './handlers.js';
