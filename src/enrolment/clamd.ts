import { connect, type NetConnectOpts } from 'node:net';

/** What an antivirus says of a document. */
export type ScanVerdict =
  | { readonly outcome: 'clean' }
  | { readonly outcome: 'infected'; readonly signature: string }
  /** It could not be asked, or gave no verdict. */
  | { readonly outcome: 'unavailable' };

export interface Scanner {
  /** Never throws: an antivirus that is away is a verdict too. */
  scan(content: Buffer): Promise<ScanVerdict>;
}

const CHUNK_BYTES = 64 * 1024;
/** Without a byte from either side. */
const IDLE_MS = 30_000;
const MAX_REPLY = 1024;

/** SPEC: clamd(8), INSTREAM: a command, chunks with their length before them, one of no length, one line of answer. */
const COMMAND = Buffer.from('zINSTREAM\0');
const END = Buffer.alloc(4);
const INFECTED = /^stream: ([\w.-]{1,100}) FOUND$/u;

/** A client of ClamAV's daemon, at a port or at a socket of this machine. */
export function createClamd(where: NetConnectOpts): Scanner {
  const ask = (content: Buffer): Promise<string> =>
    new Promise((resolve, reject) => {
      let reply = '';
      const socket = connect(where);
      socket.setTimeout(IDLE_MS, () => socket.destroy(new Error('clamd says nothing')));
      socket.setEncoding('utf8');
      socket.on('data', (text: string) => {
        reply += text;
        if (reply.length > MAX_REPLY) socket.destroy(new Error('clamd says too much'));
      });
      socket.once('error', reject);
      socket.once('close', () => resolve(reply.replace(/\0/gu, '').trim()));
      // What it has not read yet is kept in memory: a document has ten mebibytes at most.
      socket.write(COMMAND);
      for (let at = 0; at < content.byteLength; at += CHUNK_BYTES) {
        const chunk = content.subarray(at, at + CHUNK_BYTES);
        const length = Buffer.alloc(4);
        length.writeUInt32BE(chunk.byteLength);
        socket.write(length);
        socket.write(chunk);
      }
      socket.write(END);
    });

  return {
    async scan(content) {
      try {
        const reply = await ask(content);
        if (reply === 'stream: OK') return { outcome: 'clean' };
        const [, signature] = INFECTED.exec(reply) ?? [];
        return signature === undefined ? { outcome: 'unavailable' } : { outcome: 'infected', signature };
      } catch {
        // Away, or gone in the middle: the document is kept, marked, and scanned later.
        return { outcome: 'unavailable' };
      }
    },
  };
}

/** `tcp://host:port` or `unix:/path`; `undefined` for anything else. */
export function readClamdAddress(text: string): NetConnectOpts | undefined {
  const [, path] = /^unix:(\/[^\0]{1,200})$/u.exec(text) ?? [];
  if (path !== undefined) return { path };
  const url = URL.canParse(text) ? new URL(text) : undefined;
  const isPlain =
    url?.protocol === 'tcp:' && url.port !== '' && /^\/?$/u.test(url.pathname) && url.username === '';
  if (!isPlain || url.search !== '' || url.hash !== '') return undefined;
  return { host: url.hostname.replace(/^\[|\]$/gu, ''), port: Number(url.port) };
}
