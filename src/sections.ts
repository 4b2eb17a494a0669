import { auditSection } from '#audit/index.ts';
import { coreSection, type Section } from '#config/index.ts';
import { notifySection } from '#notify/index.ts';

/** Every module's section, in the order of the documentation. A new module adds its line here. */
export const sections: readonly Section[] = [coreSection, auditSection, notifySection];
