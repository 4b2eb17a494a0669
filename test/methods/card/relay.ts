import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { freePort, untilListening } from '../../support/ports.ts';

export type Program = 'nginx' | 'haproxy';

/** Where the service listens for its proxy. */
export type Upstream =
  | { readonly kind: 'socket'; readonly file: string }
  | { readonly kind: 'address'; readonly port: number; readonly secret: string };

/** A real proxy with the configuration that the documentation gives, as an ordinary child process. */
export interface Relay {
  readonly port: number;
  stop(): Promise<void>;
}

export function isInstalled(program: Program): boolean {
  return spawnSync(program, ['-v']).error === undefined;
}

const GUIDE = path.resolve(import.meta.dirname, '../../../docs/means/card.md');

/**
 * Starts `program` on a free port of the loopback address. `folder` must hold `carte.pem`, `carte.key` and
 * `igc-sante.pem`, and takes what the program writes.
 */
export async function startRelay(program: Program, upstream: Upstream, folder: string): Promise<Relay> {
  const port = await freePort();
  const guide = await readFile(GUIDE, 'utf8');
  const [, snippet = ''] = new RegExp(`^\`\`\`${program}\n([^]+?)^\`\`\``, 'mu').exec(guide) ?? [];
  const file = path.join(folder, `${program}-${upstream.kind}.conf`);
  const written = { nginx: nginxFile, haproxy: haproxyFile }[program](
    withSecret(snippet, upstream),
    port,
    upstream,
    folder,
  );
  await writeFile(file, written, { mode: 0o600 });
  const args = program === 'nginx' ? ['-c', file, '-e', 'stderr', '-g', 'daemon off;'] : ['-f', file, '-db'];
  const child = spawn(program, args);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => (said += text));
  child.stdout.resume();
  await Promise.race([
    untilListening(port),
    once(child, 'exit').then(() => Promise.reject(new Error(`${program} ended: ${said}`))),
  ]);
  return { port, stop: () => end(child) };
}

/** The snippet with this one change; every change must find its place, or the guide says something else by now. */
function changed(text: string, from: string, to: string): string {
  if (!text.includes(from)) throw new Error(`the guide has no “${from}”`);
  return text.replaceAll(from, to);
}

/** What the guide leaves to the reader: ports, folders, and where the service is. */
function adapted(snippet: string, places: Readonly<Record<string, string>>): string {
  return Object.entries(places).reduce((text, [from, to]) => changed(text, from, to), snippet);
}

const SOCKET = '/run/trousseau/card.sock';

/** The line of the secret is left out where the guide says that it is of no use. */
function withSecret(snippet: string, upstream: Upstream): string {
  const line = /^.*X-Trousseau-Proxy-Secret.*$\n/mu.exec(snippet)?.[0] ?? '';
  return changed(snippet, line, upstream.kind === 'address' ? changed(line, '…', upstream.secret) : '');
}

function nginxFile(snippet: string, port: number, upstream: Upstream, folder: string): string {
  const server = adapted(snippet, {
    'listen 443 ssl': `listen 127.0.0.1:${port} ssl`,
    '/etc/nginx/': `${folder}/`,
    [`unix:${SOCKET}`]: upstream.kind === 'socket' ? `unix:${upstream.file}` : `127.0.0.1:${upstream.port}`,
  });
  const spool = ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi'].map(
    name => `${name}_temp_path ${folder}/nginx-${name};`,
  );
  // A worker of another account could not enter a test's folder.
  const account = process.getuid?.() === 0 ? 'user root;' : '';
  return `${account}
pid ${folder}/nginx-${upstream.kind}.pid;
events { worker_connections 64; }
http {
  access_log off;
  ${spool.join('\n  ')}
${server}}
`;
}

function haproxyFile(snippet: string, port: number, upstream: Upstream, folder: string): string {
  return adapted(snippet, {
    'bind :443': `bind 127.0.0.1:${port}`,
    '/etc/haproxy/': `${folder}/`,
    [`unix@${SOCKET}`]: upstream.kind === 'socket' ? `unix@${upstream.file}` : `127.0.0.1:${upstream.port}`,
  });
}

async function end(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  await ended;
}
