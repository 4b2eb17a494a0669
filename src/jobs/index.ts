/**
 * Periodic work. Owns when a job runs, and that one instance of several runs it (a lease in the store), or that each does
 * what concerns itself; brings one job of its own, the removal of what has expired. Does not know what the others do: `app.ts` registers them.
 */
export { createJobs, type JobRecord, type Jobs, type JobsLogger } from './jobs.ts';
export { reapStore } from './reaping.ts';
