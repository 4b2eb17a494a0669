import { Agent, request } from 'node:http';
import { expect } from 'chai';
import { listen } from '#http/index.ts';

function get(port: number, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    request({ port, host: '127.0.0.1', agent }, incoming => {
      let text = '';
      incoming.on('data', chunk => (text += String(chunk))).on('end', () => resolve(text));
    })
      .on('error', reject)
      .end();
  });
}

describe('a listener', () => {
  it('lets requests under way end when it closes, and does not wait for kept-alive connections', async function () {
    // The bound is ours, the machine is shared: an unlucky pause of the whole process is not a failure.
    this.retries(2);
    let answer = (): void => undefined;
    const arrived = Promise.withResolvers<void>();
    const listener = await listen(
      (_req, res) => {
        answer = () => res.end('done');
        arrived.resolve();
      },
      ['127.0.0.1'],
      0,
    );
    const agent = new Agent({ keepAlive: true });
    const underWay = get(listener.port, agent);
    await arrived.promise;
    const startedMs = performance.now();
    const closed = listener.close();
    setTimeout(() => answer(), 50);
    expect(await underWay).to.equal('done');
    await closed;
    expect(performance.now() - startedMs).to.be.lessThan(2_000);
    agent.destroy();
  });

  it('answers what a proxy still sends on a connection that it kept, and tells it to send no more there', async () => {
    const listener = await listen((_req, res) => res.end('done'), ['127.0.0.1'], 0);
    const agent = new Agent({ keepAlive: true });
    expect(await get(listener.port, agent)).to.equal('done');
    const closed = listener.close({ keptMs: 60_000 });
    expect(await get(listener.port, agent)).to.equal('done');
    // The answer said so: nothing is left to wait for, and a new connection is refused.
    await closed;
    const refused = await get(listener.port, new Agent()).catch((error: NodeJS.ErrnoException) => error.code);
    expect(refused).to.equal('ECONNREFUSED');
    agent.destroy();
  });

  it('cuts what does not end in time', async () => {
    const listener = await listen(() => undefined, ['127.0.0.1'], 0);
    const hanging = get(listener.port, new Agent()).then(
      () => 'answered',
      () => 'cut',
    );
    await new Promise(resolve => setTimeout(resolve, 30));
    await listener.close({ drainMs: 50 });
    expect(await hanging).to.equal('cut');
  });

  it('rejects when the port is taken, and leaves nothing open', async () => {
    const first = await listen((_req, res) => res.end(), ['127.0.0.1'], 0);
    const second = await listen((_req, res) => res.end(), ['127.0.0.1'], first.port).catch(
      (error: unknown) => error,
    );
    expect(second).to.be.instanceOf(Error).with.property('code', 'EADDRINUSE');
    await first.close({ drainMs: 0 });
  });
});
