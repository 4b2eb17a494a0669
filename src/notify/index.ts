/**
 * What leaves the service: a persistent outbox with retries, mail and text messages made from templates, and the
 * channels that carry them. Owns delivery at least once, with claims so that instances do not send the same thing side
 * by side. Does not decide what is sent or to whom; other modules put their own kinds of delivery into the same outbox.
 */
export {
  createOutbox,
  type Outbox,
  type DeliveryHandler,
  type JsonObject,
  type OutboxItem,
  type OutboxState,
} from './outbox.ts';
export { createReceiptRoutes } from './receipts.ts';
export { notifyEvents } from './events.ts';
export type { Deliveries, Delivery, DeliveryWords, KindHealth } from './deliveries.ts';
export { undeliverable } from './errors.ts';
export type { NotifyLogger } from './logger.ts';
export {
  createNotify,
  type Notify,
  type MailRegion,
  type MailTrial,
  type Outgoing,
  type OutgoingMail,
  type OutgoingSms,
} from './notify.ts';
export {
  loadTemplates,
  MAIL_TEMPLATES,
  SMS_TEMPLATES,
  type MailTemplates,
  type RenderedMail,
  type SmsTemplateName,
  type TemplateName,
} from './templates.ts';
export type { Channel, Message, SmsChannel, SmsMessage } from './channels/channel.ts';
export { openDemoChannel, type DemoChannel, type DemoMessage } from './channels/demo.ts';
export { openMailChannel, openSmsChannel } from './channels/open.ts';
export { createSmsChannel } from './channels/sms.ts';
export { readSmsUrl, type SmsAddress } from './channels/sms-url.ts';
export { notifySection, type NotifySettings } from './section.ts';
export { measureSms, toShortAlphabet, type SmsLength } from './sms-length.ts';
export {
  checkSmsWording,
  createSmsWordings,
  MAX_SMS_SEGMENTS,
  MAX_SMS_WORDING,
  type SmsProblem,
  type SmsWording,
  type SmsWordings,
} from './sms-wordings.ts';
export type { StoredWording, Wordings } from './wording-store.ts';
export {
  checkWording,
  createMailWordings,
  MAX_SUBJECT,
  MAX_WORDING,
  type MailWording,
  type MailWordings,
  type WordingProblem,
} from './wordings.ts';
