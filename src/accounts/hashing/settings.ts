import { availableParallelism } from 'node:os';
import type { AccountsSettings } from '../section.ts';
import type { HasherSettings } from './hasher.ts';

/** More would take the cores that tokens and decisions need during a sign-in storm. */
const USUAL_THREADS = 2;

/** The pool that the configuration asks for. */
export function hasherSettings(settings: AccountsSettings): HasherSettings {
  return {
    threads: settings.hashThreads || Math.min(USUAL_THREADS, availableParallelism()),
    maxQueue: settings.hashQueue,
    memoryKiB: settings.hashMemoryKiB,
    passes: settings.hashPasses,
    parallelism: settings.hashParallelism,
  };
}
