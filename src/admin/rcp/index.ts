import type { AdminContext, Feature } from '../context.ts';
import { createRcpPages } from './pages.ts';

/** RCP sessions, to look at: applications keep them (`access/`), nothing is changed here. */
export function createRcpAdmin(context: AdminContext): Feature {
  return { mount: routes => createRcpPages(routes, context) };
}
