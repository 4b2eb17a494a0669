import { accessEvents } from '#access/index.ts';
import { accountsEvents } from '#accounts/index.ts';
import { auditEvents, type EventType } from '#audit/index.ts';
import { cardEvents, methodsEvents } from '#methods/index.ts';
import { enrolmentEvents } from '#enrolment/index.ts';
import { forgottenEvents } from '#forgotten/index.ts';
import { portalEvents } from '#portal/index.ts';
import { notifyEvents } from '#notify/index.ts';
import { oidcEvents } from '#oidc/index.ts';
import { operationEvents } from '#operation/index.ts';
import { regionEvents } from '#region/index.ts';
import { signinEvents } from '#signin/index.ts';

/** Every kind of event that the modules beside administration, which adds its own, write to the trail. */
export const productEvents: readonly EventType[] = [
  ...accessEvents,
  ...accountsEvents,
  ...auditEvents,
  ...methodsEvents,
  ...cardEvents,
  ...enrolmentEvents,
  ...forgottenEvents,
  ...portalEvents,
  ...notifyEvents,
  ...oidcEvents,
  ...operationEvents,
  ...regionEvents,
  ...signinEvents,
];
