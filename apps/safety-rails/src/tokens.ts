/** Injects the durable jobs, of type `Jobs`. */
export const JOBS = Symbol('JOBS');
/** How the controller of tenants names its handler. */
export { TenantHandler as TENANT_HANDLER } from './handlers.js';
