import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { untilListening } from '../support/ports.ts';

const GUIDE = path.resolve(import.meta.dirname, '../../deploy/nginx.conf');

export const isNginxInstalled = (): boolean => spawnSync('nginx', ['-v']).error === undefined;

/**
 * A real nginx before two instances, with `deploy/nginx.conf`; what is changed in it is where things are, and TLS,
 * which is not what these tests are about. Resolves when it listens.
 */
export async function startBalancer(
  port: number,
  instances: readonly [number, number],
  folder: string,
): Promise<{ stop(): Promise<void> }> {
  const text = adapted(await readFile(GUIDE, 'utf8'), [
    ['worker_processes auto;', `worker_processes 1; pid ${folder}/nginx.pid; ${account()}`],
    ['trousseau1:3000', `127.0.0.1:${instances[0]}`],
    ['trousseau2:3000', `127.0.0.1:${instances[1]}`],
    ['listen 443 ssl;', `listen 127.0.0.1:${port}; access_log off; ${spools(folder)}`],
    [/^ *(?:http2|ssl_).*$/gmu, ''],
    ['X-Forwarded-Proto https', 'X-Forwarded-Proto http'],
    ['Host $host', 'Host $http_host'],
  ]);
  const file = path.join(folder, 'nginx.conf');
  await writeFile(file, text);
  const child = spawn('nginx', ['-c', file, '-e', 'stderr', '-g', 'daemon off;']);
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
  const ended = once(child, 'exit');
  await Promise.race([
    untilListening(port),
    ended.then(() => Promise.reject(new Error(`nginx ended: ${said}`))),
  ]);
  return {
    async stop() {
      child.kill('SIGQUIT');
      await ended;
    },
  };
}

/** Every change must find its place, or the file says something else by now. */
function adapted(text: string, changes: readonly (readonly [string | RegExp, string])[]): string {
  let result = text;
  for (const [from, to] of changes) {
    const next = typeof from === 'string' ? result.replaceAll(from, to) : result.replace(from, to);
    if (next === result) throw new Error(`deploy/nginx.conf has no “${String(from)}”`);
    result = next;
  }
  return result;
}

/** A worker of another account could not enter a test's folder. */
const account = (): string => (process.getuid?.() === 0 ? 'user root;' : '');

const spools = (folder: string): string =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${folder}/nginx-${name};`)
    .join(' ');
