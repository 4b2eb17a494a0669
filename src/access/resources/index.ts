import { deny } from '../rules/rule.ts';
import { administrationTypes } from './administration.ts';
import { application } from './application.ts';
import { documentArea } from './document-area.ts';
import { patientRecord } from './patient-record.ts';
import type { ResourceType } from './resource-type.ts';

export type { Judgement, ResourceType } from './resource-type.ts';

/** What no resource type claims is denied, before rule 1. */
const unknownType: ResourceType = {
  type: '',
  judge: async () => ({ rule: '0', verdict: deny('resource_type_unknown'), facts: {} }),
};

const RESOURCE_TYPES: readonly ResourceType[] = [
  patientRecord,
  documentArea,
  application,
  ...administrationTypes,
];

export function resourceTypeOf(type: string): ResourceType {
  return RESOURCE_TYPES.find(known => known.type === type) ?? unknownType;
}
