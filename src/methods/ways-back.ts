import { randomId } from '#kernel/index.ts';

/** How the places of requests for an account are named; the uid of a sign-in never begins so. */
const REQUEST = 'request-';

/** A new place (`AttemptPlace.interaction`) in which a request for an account waits for a proof. */
export function newRequestPlace(): string {
  return `${REQUEST}${randomId()}`;
}

/**
 * Where the browser goes back to from a proof that is made elsewhere, as paths of the main host: without it (`page`), and
 * with it in the query string (`arrival`). SECURITY: both are ours whatever the name says; what arrives counts only in the
 * browser that left.
 */
export function waysBack(interaction: string): { readonly page: string; readonly arrival: string } {
  if (interaction.startsWith(REQUEST)) return { page: '/request/number', arrival: '/request/arrival' };
  const page = `/interaction/${encodeURIComponent(interaction)}`;
  return { page, arrival: `${page}/arrival` };
}
