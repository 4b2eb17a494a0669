import { createServer, type AddressInfo } from 'node:net';

/** What this antivirus takes for malware. */
export const MALWARE = Buffer.from('%PDF-1.7\nTROUSSEAU-TEST-MALWARE\n%%EOF\n');

export interface FakeClamd {
  readonly url: string;
  /** While it is away, connections are cut as soon as they come. */
  setAway(isAway: boolean): void;
  close(): Promise<void>;
}

/** SPEC: clamd(8): the INSTREAM command, as its daemon speaks it over TCP. */
export async function startFakeClamd(): Promise<FakeClamd> {
  let isAway = false;
  const server = createServer(socket => {
    if (isAway) return void socket.destroy();
    let read = Buffer.alloc(0);
    socket.on('error', () => socket.destroy());
    socket.on('data', bytes => {
      read = Buffer.concat([read, bytes]);
      const content = contentOf(read);
      if (content === 'more') return;
      const answer = content.includes('TROUSSEAU-TEST-MALWARE') ? 'Trousseau.Test FOUND' : 'OK';
      socket.end(`stream: ${answer}\0`);
    });
    return undefined;
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `tcp://127.0.0.1:${(server.address() as AddressInfo).port}`,
    setAway: away => void (isAway = away),
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

function contentOf(read: Buffer): Buffer | 'more' {
  const command = 'zINSTREAM\0';
  if (read.byteLength < command.length) return 'more';
  if (read.toString('latin1', 0, command.length) !== command) throw new Error('not a command of clamd');
  const chunks: Buffer[] = [];
  let at = command.length;
  for (;;) {
    if (read.byteLength < at + 4) return 'more';
    const length = read.readUInt32BE(at);
    at += 4;
    if (length === 0) return Buffer.concat(chunks);
    if (read.byteLength < at + length) return 'more';
    chunks.push(read.subarray(at, at + length));
    at += length;
  }
}
