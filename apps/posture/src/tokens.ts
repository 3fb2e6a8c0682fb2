/** The injection token of the background jobs of this service. */
export const JOBS = Symbol('JOBS');
