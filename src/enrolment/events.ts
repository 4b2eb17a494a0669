import { defineEvent, type EventType } from '#audit/index.ts';

export const requestOpened = defineEvent('enrolment.request.opened', {
  category: 'administration',
  title: 'Demande de compte commencée',
  data: ['method'],
});

export const identityRead = defineEvent('enrolment.identity.read', {
  category: 'administration',
  title: 'Identité lue d’une carte ou d’un fournisseur dans une demande de compte',
  data: ['request', 'method'],
});

export const askedOnBehalf = defineEvent('enrolment.request.begun_for', {
  category: 'administration',
  title: 'Demande de compte commencée pour quelqu’un d’autre',
  data: ['request'],
});

export const requestTakenOver = defineEvent('enrolment.request.taken_over', {
  category: 'administration',
  title: 'Demande de compte reprise par la personne pour qui elle a été commencée',
  data: ['request'],
});

export const linkOpened = defineEvent('enrolment.link.opened', {
  category: 'administration',
  title: 'Demande de compte rouverte par un lien',
  data: ['request'],
});

export const requestSent = defineEvent('enrolment.request.sent', {
  category: 'administration',
  title: 'Demande de compte envoyée',
  data: ['request', 'handler', 'proofs', 'duplicates', 'method'],
});

export const documentReplaced = defineEvent('enrolment.document.replaced', {
  category: 'administration',
  title: 'Justificatif d’une demande de compte changé après l’envoi',
  data: ['request', 'kind'],
});

export const documentInfected = defineEvent('enrolment.document.infected', {
  category: 'administration',
  title: 'Justificatif refusé ou détruit : logiciel malveillant',
  data: ['request', 'kind', 'signature'],
});

export const requestAnswered = defineEvent('enrolment.request.answered', {
  category: 'administration',
  title: 'Réponse à une question sur une demande de compte',
  data: ['request'],
});

export const requestWithdrawn = defineEvent('enrolment.request.withdrawn', {
  category: 'administration',
  title: 'Demande de compte retirée par la personne',
  data: ['request'],
});

export const requestLapsed = defineEvent('enrolment.request.lapsed', {
  category: 'administration',
  title: 'Demande de compte classée : sa question est restée sans réponse',
  data: ['request'],
});

export const proofsDestroyed = defineEvent('enrolment.proofs.destroyed', {
  category: 'administration',
  title: 'Justificatifs d’une demande de compte détruits au terme de leur conservation',
  data: ['request', 'proofs'],
});

export const mailWithheld = defineEvent('enrolment.mail.withheld', {
  category: 'technical',
  title: 'Courriel d’une demande de compte non envoyé : trop de demandes',
  data: ['request'],
});

/** The events of this module. */
export const enrolmentEvents: readonly EventType[] = [
  requestOpened,
  identityRead,
  askedOnBehalf,
  requestTakenOver,
  linkOpened,
  requestSent,
  documentReplaced,
  documentInfected,
  requestAnswered,
  requestWithdrawn,
  requestLapsed,
  proofsDestroyed,
  mailWithheld,
];
