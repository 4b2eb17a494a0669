import type { Clock } from '#kernel/index.ts';
import type { Store } from '#store/index.ts';
import type { FactsSource } from '../facts/facts.ts';
import { createEmergencyLog, type EmergencyLog } from './log.ts';
import { createEmergencyRegister, type EmergencyRegister } from './register.ts';
import { usesSpec } from './use.ts';

export type { EmergencyLog } from './log.ts';
export type { EmergencyRegister } from './register.ts';
export {
  emergencyStateOf,
  type EmergencyPurpose,
  type EmergencyReview,
  type EmergencyState,
  type EmergencyUse,
} from './use.ts';

/** Uses of emergency access (rules 9 and 10): what permits leave behind, and what becomes of it. */
export function createEmergencies(deps: {
  readonly store: Store;
  readonly clock: Clock;
  readonly facts: Pick<FactsSource, 'person'>;
  readonly settings: { readonly breakGlassSeconds: number };
}): { readonly log: EmergencyLog; readonly register: EmergencyRegister } {
  const uses = deps.store.collection(usesSpec);
  return {
    log: createEmergencyLog({ ...deps, uses }),
    register: createEmergencyRegister({ ...deps, uses }),
  };
}
