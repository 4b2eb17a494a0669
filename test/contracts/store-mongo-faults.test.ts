import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { expect } from 'chai';
import { systemClock } from '#kernel/index.ts';
import { openStore, type CollectionSpec, type Doc, type OpenedStore } from '#store/index.ts';
import { rejects } from './store-context.ts';
import { createTestSealer, newStoreUrl, removeStored } from '../support/store.ts';

const NOTES: CollectionSpec<Doc> = { name: 'notes', version: 1, indexes: {} };
/** The longest that a caller may wait for a server that is gone: selection, with some slack. */
const PATIENCE_MS = 6000;

describe('MongoDB store without its server', () => {
  const open = (url: string): Promise<OpenedStore> =>
    openStore({ url, sealer: createTestSealer(), clock: systemClock });

  it('refuses to open, within seconds', async function () {
    this.timeout(2 * PATIENCE_MS);
    const unused = createServer();
    await once(unused.listen(0, '127.0.0.1'), 'listening');
    const { port } = unused.address() as AddressInfo;
    await once(unused.close(), 'close');
    const startedAt = performance.now();
    await rejects(open(`mongodb://127.0.0.1:${port}/none`), 'store.unavailable');
    expect(performance.now() - startedAt).to.be.lessThan(PATIENCE_MS);
  });

  it('refuses reads and writes while the server is away, and serves again when it is back', async function () {
    const server = process.env['TEST_MONGODB_URL'];
    // A replica set would be reached around the relay.
    if (server === undefined || /[?,]/u.test(server)) this.skip();
    this.timeout(5 * PATIENCE_MS);
    const direct = await newStoreUrl();
    const relay = await startRelay(new URL(direct));
    const store = await open(direct.replace(new URL(direct).host, `127.0.0.1:${relay.port}`));
    const notes = store.collection(NOTES);
    await notes.insert({ id: '1' });

    await relay.cut();
    await Promise.all([
      rejects(notes.insert({ id: '2' }), 'store.unavailable'),
      rejects(notes.get('1'), 'store.unavailable'),
      rejects(notes.consume('1'), 'store.unavailable'),
      rejects(store.check(), 'store.unavailable'),
    ]);

    await relay.mend();
    await store.check();
    expect(await notes.get('1')).to.deep.equal({ id: '1' });
    await notes.insert({ id: '3' });
    await store.close();
    await relay.cut();
    await removeStored(direct);
  });
});

interface Relay {
  readonly port: number;
  cut(): Promise<void>;
  mend(): Promise<void>;
}

/** A wire to the server that can be cut. */
async function startRelay(target: URL): Promise<Relay> {
  const sockets = new Set<Socket>();
  let server: Server;
  const start = async (port: number): Promise<number> => {
    server = createServer(near => {
      const far = connect(Number(target.port || 27_017), target.hostname);
      for (const socket of [near, far]) {
        sockets.add(socket);
        socket.on('error', () => socket.destroy()).on('close', () => sockets.delete(socket));
      }
      near.pipe(far).pipe(near);
    });
    await once(server.listen(port, '127.0.0.1'), 'listening');
    return (server.address() as AddressInfo).port;
  };
  const port = await start(0);
  return {
    port,
    async cut() {
      const closed = once(server.close(), 'close');
      for (const socket of sockets) socket.destroy();
      await closed;
    },
    mend: async () => void (await start(port)),
  };
}
