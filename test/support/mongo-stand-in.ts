import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';

const folder = join(import.meta.dirname, 'mongo-server');
const jar = join(folder, 'target/mongo-test-server.jar');
const START_TIMEOUT_MS = 30_000;

/** The MongoDB stand-in (docs/storage.md), in a process of its own that ends with this one. */
export interface StandIn {
  readonly process: ChildProcess;
  readonly url: string;
}

/** Builds the stand-in when it is missing, and starts it on a free port of the loopback address. */
export async function startStandIn(): Promise<StandIn> {
  if (!existsSync(jar)) {
    const built = spawnSync('mvn', ['-q', '-B', 'package'], { cwd: folder, stdio: 'inherit' });
    if (built.error || built.status !== 0)
      throw new Error('the stand-in was not built; it needs Java 17 and Maven, or set TEST_MONGODB_URL');
  }
  // Its standard input is our pipe: the server ends with us, however we end.
  const child = spawn('java', ['-Xmx512m', '-jar', jar], { stdio: ['pipe', 'pipe', 'inherit'] });
  const port = await new Promise<string>((resolve, reject) => {
    const late = setTimeout(() => reject(new Error('the stand-in did not start')), START_TIMEOUT_MS);
    createInterface({ input: child.stdout }).once('line', line => {
      clearTimeout(late);
      resolve(line);
    });
    child.once('error', reject);
    child.once('exit', code => reject(new Error(`the stand-in ended with ${code}`)));
  });
  return { process: child, url: `mongodb://127.0.0.1:${port}` };
}
