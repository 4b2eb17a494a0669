import type { Adapter, AdapterPayload } from 'oidc-provider';

/** oidc-provider's storage in a Map of its own: its built-in one is shared by all providers and warns at each. */
export function createMapAdapter(): (name: string) => Adapter {
  const rows = new Map<string, AdapterPayload>();
  return name => ({
    upsert: async (id, payload) => void rows.set(`${name} ${id}`, payload),
    find: async id => rows.get(`${name} ${id}`),
    findByUid: async uid =>
      [...rows].find(([key, row]) => key.startsWith(`${name} `) && row.uid === uid)?.[1],
    findByUserCode: async () => undefined,
    consume: async id => {
      const row = rows.get(`${name} ${id}`);
      if (row !== undefined) row.consumed = true;
    },
    destroy: async id => void rows.delete(`${name} ${id}`),
    revokeByGrantId: async grantId => {
      for (const [key, row] of rows) if (row.grantId === grantId) rows.delete(key);
    },
  });
}
