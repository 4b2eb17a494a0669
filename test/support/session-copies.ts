import { sessionsSpec } from '../../src/oidc/collections.ts';
import type { TestApp } from './app.ts';

/** As many more sessions of the person of this one, as the store keeps them, opened with no application. */
export async function copySession(app: TestApp, uid: string, count: number): Promise<void> {
  const sessions = app.services.store.collection(sessionsSpec);
  const doc = await sessions.findOne('uid', uid);
  if (!doc) throw new Error('no session to copy');
  const { authorizations: _authorizations, ...payload } = doc.payload;
  await Promise.all(
    Array.from({ length: count }, (_, at) =>
      sessions.put({ ...doc, id: `copy-${at}`, payload: { ...payload, uid: `copy-${at}` } }),
    ),
  );
}
