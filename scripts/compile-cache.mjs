// Given to node by `--import`, before any TypeScript: keeps compiled code between starts. A warm start is quicker, and
// 40 MiB lighter, because the type stripper is not loaded at all. Worker threads inherit the option. Where the folder
// cannot be written, everything works as before.
import { enableCompileCache } from 'node:module';
import path from 'node:path';

// Worker threads look at the environment.
process.env.NODE_COMPILE_CACHE ??= path.resolve(import.meta.dirname, '../node_modules/.cache/trousseau');
enableCompileCache(process.env.NODE_COMPILE_CACHE);
