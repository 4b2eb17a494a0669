import { readFile } from 'node:fs/promises';
import type { NotifySettings } from '../section.ts';
import type { Channel, SmsChannel } from './channel.ts';
import { receiptAddress } from '../receipts.ts';
import { createConsoleChannel } from './console.ts';
import { createSmsChannel } from './sms.ts';

/**
 * The channel that the settings name. In demo mode `demo` is given, and has a copy of every message once its channel
 * has taken it. Rejects when the file of the certificate authority cannot be read.
 */
export async function openMailChannel(deps: {
  readonly settings: NotifySettings;
  readonly demo?: Channel;
  /** Where the console channel writes. */
  readonly write: (text: string) => void;
}): Promise<Channel & { close(): void }> {
  const { settings, demo, write } = deps;
  const copied = (channel: Channel): Channel => ({
    async send(message) {
      await channel.send(message);
      await demo?.send(message);
    },
  });
  if (settings.mailChannel === 'console') return { ...copied(createConsoleChannel(write)), close: () => {} };
  if (settings.mailChannel === 'demo') {
    if (demo === undefined) throw new TypeError('the demo channel exists in demo mode only');
    return { ...demo, close: () => {} };
  }
  const { smtpUrl, smtpCaFile, mailFrom } = settings;
  if (smtpUrl === undefined || mailFrom === undefined) throw new TypeError('no mail server or no sender');
  const ca = smtpCaFile === undefined ? undefined : await readFile(smtpCaFile, 'utf8');
  // Loaded only when it is used: nodemailer is not small.
  const { createSmtpChannel } = await import('./smtp.ts');
  const smtp = createSmtpChannel({ url: smtpUrl, from: mailFrom, ca });
  return { ...copied(smtp), close: () => smtp.close() };
}

/** The way of text messages that the settings name, `undefined` when there is none. Copies as for mail. */
export function openSmsChannel(deps: {
  readonly settings: NotifySettings;
  readonly demo?: Channel;
  readonly write: (text: string) => void;
  /** The public address of the service, where a carrier says what has become of a message. */
  readonly issuer: string;
}): SmsChannel | undefined {
  const { settings, demo, write, issuer } = deps;
  const { smsChannel, smsUrl, smsSender } = settings;
  if (smsChannel === 'off') return undefined;
  const asMail = (channel: Channel): SmsChannel => ({
    send: message => channel.send({ ...message, subject: 'SMS', html: '' }),
  });
  const copy = demo && asMail(demo);
  if (smsChannel === 'demo') {
    if (copy === undefined) throw new TypeError('the demo channel exists in demo mode only');
    return copy;
  }
  const copied = (channel: SmsChannel): SmsChannel => ({
    async send(message) {
      await channel.send(message);
      await copy?.send(message);
    },
  });
  if (smsChannel === 'console') return copied(asMail(createConsoleChannel(write)));
  if (smsUrl === undefined) throw new TypeError('no SMS gateway');
  return copied(
    createSmsChannel({
      address: smsUrl,
      sender: smsSender,
      receiptAddress: receiptAddress(issuer, smsUrl),
    }),
  );
}
