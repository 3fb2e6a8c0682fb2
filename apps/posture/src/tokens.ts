/** The timers of this service. */
export const JOBS = Symbol('JOBS');
