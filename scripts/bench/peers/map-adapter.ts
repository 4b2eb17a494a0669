import type { Adapter, AdapterFactory, AdapterPayload } from 'oidc-provider';

/**
 * oidc-provider's storage as cheap as it can be: maps that forget nothing. Its own memory adapter keeps 1,000 entries,
 * so that sessions would vanish in mid-measurement. Expiry is left out: no run outlives a token.
 */
export function createMapAdapterFactory(): AdapterFactory {
  const sessionIds = new Map<string, string>();
  const granted = new Map<string, (() => void)[]>();
  return model => {
    const payloads = new Map<string, AdapterPayload>();
    const adapter: Adapter = {
      async upsert(id, payload) {
        payloads.set(id, payload);
        if (model === 'Session' && payload.uid !== undefined) sessionIds.set(payload.uid, id);
        if (payload.grantId === undefined || model === 'Session') return;
        const forget = () => void payloads.delete(id);
        const ofGrant = granted.get(payload.grantId);
        if (ofGrant) ofGrant.push(forget);
        else granted.set(payload.grantId, [forget]);
      },
      async find(id) {
        return payloads.get(id);
      },
      async findByUid(uid) {
        return payloads.get(sessionIds.get(uid) ?? '');
      },
      async findByUserCode() {
        return undefined;
      },
      async consume(id) {
        const payload = payloads.get(id);
        if (payload) payload.consumed = Math.floor(Date.now() / 1000);
      },
      async destroy(id) {
        payloads.delete(id);
      },
      async revokeByGrantId(grantId) {
        for (const forget of granted.get(grantId) ?? []) forget();
        granted.delete(grantId);
      },
    };
    return adapter;
  };
}
