import { createTransport } from 'nodemailer';
import { isLoopback } from '#config/index.ts';
import type { AppError } from '#kernel/index.ts';
import { z } from 'zod';
import { deliveryFailed, undeliverable } from '../errors.ts';
import type { Channel } from './channel.ts';

export interface SmtpChannel extends Channel {
  /** Ends the idle connections. */
  close(): void;
}

export interface SmtpOptions {
  /** `smtp://user:password@host:587` (STARTTLS) or `smtps://…:465`. */
  readonly url: string;
  /** The sender: `Trousseau <ne-pas-repondre@region.example>`. */
  readonly from: string;
  /** PEM of a private certificate authority, beside those of Node. */
  readonly ca?: string | undefined;
}

/** Answers of a server that concern our account and not the message: an operator mends them, so they are retried. */
const ACCOUNT_CODES = new Set([530, 534, 535, 538]);

/**
 * Mail by SMTP. A connection that is not to this machine is encrypted and its certificate checked, or nothing is
 * sent. A permanent refusal of the recipient or the message (5xx) is `undeliverable`, all else
 * `notify.delivery_failed`.
 * "Sent" means that the server took the message, not that somebody received it.
 */
export function createSmtpChannel({ url, from, ca }: SmtpOptions): SmtpChannel {
  const { protocol, hostname, port, username, password } = new URL(url);
  const secure = protocol === 'smtps:';
  const transport = createTransport({
    host: hostname.replace(/^\[(.*)\]$/u, '$1'),
    port: Number(port) || (secure ? 465 : 587),
    secure,
    requireTLS: !secure && !isLoopback(hostname),
    ...(username !== '' && {
      auth: { user: decodeURIComponent(username), pass: decodeURIComponent(password) },
    }),
    ...(ca !== undefined && { tls: { ca } }),
    pool: true,
    maxConnections: 4,
    // Together well below the claim of a delivery.
    connectionTimeout: 10_000,
    greetingTimeout: 10_000,
    socketTimeout: 20_000,
    // SECURITY: a text of ours never makes nodemailer read a file or an address.
    disableFileAccess: true,
    disableUrlAccess: true,
  });
  const domain = /@([^>\s]+)/u.exec(from)?.[1] ?? 'localhost';

  return {
    async send({ id, to, subject, text, html }) {
      try {
        await transport.sendMail({
          from,
          to: { name: '', address: to },
          subject,
          text,
          html,
          // The same at every attempt, so that a server may drop the second copy.
          messageId: `<${id.replace(/[^A-Za-z0-9_-]/gu, '.')}@${domain}>`,
          headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
        });
      } catch (error) {
        throw refusal(error);
      }
    },
    close() {
      transport.close();
    },
  };
}

/** SECURITY: only codes are kept: the text of a server repeats the address, and sometimes the message. */
function refusal(error: unknown): AppError {
  const { code, responseCode } = ErrorForm.parse(error);
  const detail = `mail server: ${code ?? 'unknown'} ${responseCode ?? ''}`.trim();
  const concernsMessage = code === 'EENVELOPE' || code === 'EMESSAGE';
  const isPermanent = concernsMessage && (responseCode ?? 0) >= 500 && !ACCOUNT_CODES.has(responseCode ?? 0);
  return isPermanent ? undeliverable(detail) : deliveryFailed(detail);
}

/** What nodemailer adds to its errors. */
const ErrorForm = z.object({
  code: z.string().optional().catch(undefined),
  responseCode: z.number().optional().catch(undefined),
});
