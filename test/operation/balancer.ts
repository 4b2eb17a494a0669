import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { readFile, writeFile } from 'node:fs/promises';
import path from 'node:path';
import { untilListening } from '../support/ports.ts';

/** The proxies that `deploy/` has a file for. */
export const BALANCERS = ['nginx', 'haproxy'] as const;
export type Balancer = (typeof BALANCERS)[number];

type Changes = readonly (readonly [string | RegExp, string])[];

interface Place {
  readonly port: number;
  readonly instances: readonly [number, number];
  readonly folder: string;
  /** TLS ends there, with these files. */
  readonly tls?: { readonly certificate: string; readonly key: string };
}

export const isInstalled = (program: Balancer): boolean => spawnSync(program, ['-v']).error === undefined;

/**
 * A real proxy before two instances, with its file of `deploy/`; what is changed in it is where things are, and TLS,
 * which is not what these tests are about. Resolves when it listens.
 */
export async function startBalancer(program: Balancer, place: Place): Promise<{ stop(): Promise<void> }> {
  const { guide, changes, args, signal } = PROGRAMS[program];
  const text = await readFile(path.resolve(import.meta.dirname, '../../deploy', guide), 'utf8');
  const file = path.join(place.folder, guide);
  await writeFile(file, adapted(text, guide, changes(place)));
  const child = spawn(program, args(file));
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (more: string) => (said += more));
  child.stdout.resume();
  const ended = once(child, 'exit');
  await Promise.race([
    untilListening(place.port),
    ended.then(() => Promise.reject(new Error(`${program} ended: ${said}`))),
  ]);
  return {
    async stop() {
      child.kill(signal);
      await ended;
    },
  };
}

const PROGRAMS: Readonly<
  Record<
    Balancer,
    {
      readonly guide: string;
      changes(place: Place): Changes;
      args(file: string): string[];
      /** Ends it when what is under way is answered. */
      readonly signal: NodeJS.Signals;
    }
  >
> = {
  nginx: {
    guide: 'nginx.conf',
    changes: ({ port, instances, folder, tls }) => [
      ['worker_processes auto;', `worker_processes 1; pid ${folder}/nginx.pid; ${account()}`],
      ['trousseau1:3000', `127.0.0.1:${instances[0]}`],
      ['trousseau2:3000', `127.0.0.1:${instances[1]}`],
      ['listen 443 ssl;', `listen 127.0.0.1:${port}${tls ? ' ssl' : ''}; access_log off; ${spools(folder)}`],
      ...(tls ? withTls(tls) : WITHOUT_TLS),
      ['Host $host', 'Host $http_host'],
    ],
    args: file => ['-c', file, '-e', 'stderr', '-g', 'daemon off;'],
    signal: 'SIGQUIT',
  },
  haproxy: {
    guide: 'haproxy.cfg',
    changes: ({ port, instances }) => [
      [' trousseau1:3000', ` 127.0.0.1:${instances[0]}`],
      [' trousseau2:3000', ` 127.0.0.1:${instances[1]}`],
      [/bind :443 ssl .*$/mu, `bind 127.0.0.1:${port}`],
      ['X-Forwarded-Proto https', 'X-Forwarded-Proto http'],
    ],
    args: file => ['-f', file, '-db'],
    signal: 'SIGUSR1',
  },
};

/** Every change must find its place, or the file says something else by now. */
function adapted(text: string, guide: string, changes: Changes): string {
  let result = text;
  for (const [from, to] of changes) {
    const next = typeof from === 'string' ? result.replaceAll(from, to) : result.replace(from, to);
    if (next === result) throw new Error(`deploy/${guide} has no “${String(from)}”`);
    result = next;
  }
  return result;
}

const WITHOUT_TLS: Changes = [
  [/^ *(?:http2|ssl_).*$/gmu, ''],
  ['X-Forwarded-Proto https', 'X-Forwarded-Proto http'],
];

const withTls = ({ certificate, key }: NonNullable<Place['tls']>): Changes => [
  // Not known to nginx before 1.25.1.
  ['http2 on;', ''],
  ['/etc/nginx/tls/fullchain.pem', certificate],
  ['/etc/nginx/tls/privkey.pem', key],
];

/** A worker of another account could not enter a test's folder. */
const account = (): string => (process.getuid?.() === 0 ? 'user root;' : '');

const spools = (folder: string): string =>
  ['client_body', 'proxy', 'fastcgi', 'uwsgi', 'scgi']
    .map(name => `${name}_temp_path ${folder}/nginx-${name};`)
    .join(' ');
