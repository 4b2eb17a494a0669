import { readFile, readdir } from 'node:fs/promises';
import path from 'node:path';
import { SMTPServer } from 'smtp-server';
import { text } from 'node:stream/consumers';
import type { AddressInfo } from 'node:net';

/** Something that left the service, and where. */
export interface Output {
  readonly where: string;
  readonly text: string;
}

/** Everything that the service answers to this process: each body and each `Location`. Cookies are where secrets belong. */
export interface Recorder {
  readonly outputs: readonly Output[];
  stop(): void;
}

export function recordAnswers(): Recorder {
  const outputs: Output[] = [];
  const original = globalThis.fetch;
  globalThis.fetch = async (input, init) => {
    const answer = await original(input, init);
    const url = new URL(input instanceof Request ? input.url : input);
    const location = answer.headers.get('location');
    if (location !== null) outputs.push({ where: `location of ${url.pathname}`, text: location });
    outputs.push({ where: `body of ${url.pathname}`, text: await answer.clone().text() });
    return answer;
  };
  return {
    outputs,
    stop() {
      globalThis.fetch = original;
    },
  };
}

export interface MailServer {
  readonly url: string;
  /** Raw messages as they arrived. */
  readonly messages: readonly string[];
  close(): Promise<void>;
}

/** A mail server on loopback that wants this password. */
export async function openMailServer(password: string): Promise<MailServer> {
  const messages: string[] = [];
  const server = new SMTPServer({
    hideSTARTTLS: true,
    allowInsecureAuth: true,
    onAuth: (auth, _session, done) =>
      auth.password === password ? done(null, { user: auth.username }) : done(new Error('refused')),
    onData: (stream, _session, done) => void text(stream).then(mail => (messages.push(mail), done())),
  });
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', () => resolve()));
  const { port } = server.server.address() as AddressInfo;
  return {
    url: `smtp://trousseau:${password}@127.0.0.1:${port}`,
    messages,
    close: () => new Promise(resolve => server.close(() => resolve())),
  };
}

/** Every file under a folder; what is no text in it is of no interest. */
export async function filesOf(folder: string): Promise<readonly Output[]> {
  const entries = await readdir(folder, { recursive: true, withFileTypes: true });
  return Promise.all(
    entries
      .filter(entry => entry.isFile())
      .map(async entry => {
        const file = path.join(entry.parentPath, entry.name);
        return { where: `file ${entry.name}`, text: await readFile(file, 'utf8') };
      }),
  );
}
