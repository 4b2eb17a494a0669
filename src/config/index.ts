/**
 * Configuration: reads the environment and `.env` once, for all modules, and reports every problem together.
 * Owns the readers of values, the choice of the mode and the settings of the service as a whole. Does not know
 * any module: each declares its own section (`defineSection`) and receives its values from `app.ts`.
 */
export {
  defineSection,
  defineSetting,
  defaultOf,
  expectedOf,
  fileNameOf,
  type CheckContext,
  type Given,
  type Mode,
  type Section,
  type SectionValues,
  type Setting,
} from './section.ts';
export { ConfigError, shapeOf, suggest, type Problem } from './problem.ts';
export { loadConfig, type Config } from './load.ts';
export type { Environment } from './environment.ts';
export {
  duration,
  flag,
  isLoopback,
  line,
  list,
  oneOf,
  origin,
  parseDuration,
  port,
  reader,
  sealKeys,
  wholeNumber,
} from './values.ts';
export { coreSection, listenAddresses } from './core.ts';
export { findFolderProblem, makeFolder } from './data-folder.ts';
export { loadOrCreateDemoSecrets } from './demo-secrets.ts';
