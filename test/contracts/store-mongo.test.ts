import { createConnection, type Connection } from 'mongoose';
import { newStoreUrl } from '../support/store.ts';
import { storeContract } from './store.ts';

const server = process.env['TEST_MONGODB_URL'];

if (server) {
  const withDatabase = async <R>(url: string, act: (connection: Connection) => Promise<R>): Promise<R> => {
    const connection = await createConnection(url).asPromise();
    try {
      return await act(connection);
    } finally {
      await connection.close();
    }
  };
  storeContract('MongoDB', {
    newUrl: newStoreUrl,
    readRaw: url =>
      withDatabase(url, async connection => {
        const collections = await connection.listCollections();
        const all = await Promise.all(
          collections.map(({ name }) => connection.collection(name).find().toArray()),
        );
        return JSON.stringify(all);
      }),
    moveText: (url, name, fromId, toId) =>
      withDatabase(url, async connection => {
        const rows = connection.collection<{ _id: string; doc: string }>(name);
        const from = await rows.findOne({ _id: fromId });
        await rows.updateOne({ _id: toId }, { $set: { doc: from?.doc ?? '' } });
      }),
  });
} else {
  describe('store contract: MongoDB', () => {
    it('runs where TEST_MONGODB_URL is set (npm run test:mongo)');
  });
}
