/**
 * Loaded into the service by `npm run soak` and nothing else: on SIGUSR2 it collects garbage and prints what memory the
 * process still holds, in bytes, as one line.
 */
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc');

process.on('SIGUSR2', () => {
  // Twice: what the first one finalises, the second one frees.
  collect();
  collect();
  const { rss, heapUsed, external } = process.memoryUsage();
  process.stdout.write(`soak-memory ${JSON.stringify({ rss, heapUsed, external })}\n`);
});
