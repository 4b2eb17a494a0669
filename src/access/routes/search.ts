import type Router from '@koa/router';
import { readAs } from '../malformed.ts';
import { actionSearchSchema, resourceSearchSchema, subjectSearchSchema } from '../search/request.ts';
import type { Search } from '../search/search.ts';
import { bodyOf, type Endpoint } from './api.ts';

/** SPEC: AuthZEN 1.0 §8 and §10.1: the three searches. */
export function searchRoutes(
  router: Router,
  { endpoint, search }: { endpoint: Endpoint; search: Search },
): void {
  router.post(
    '/access/v1/search/subject',
    endpoint('access:search', async (ctx, caller) =>
      search.subjects(readAs(subjectSearchSchema, await bodyOf(ctx)), caller),
    ),
  );
  router.post(
    '/access/v1/search/resource',
    endpoint('access:search', async (ctx, caller) =>
      search.resources(readAs(resourceSearchSchema, await bodyOf(ctx)), caller),
    ),
  );
  router.post(
    '/access/v1/search/action',
    endpoint('access:search', async (ctx, caller) =>
      search.actions(readAs(actionSearchSchema, await bodyOf(ctx)), caller),
    ),
  );
}
