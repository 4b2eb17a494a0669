import type { Channel } from './channel.ts';

/**
 * Writes messages to a stream, for development.
 * SECURITY: they hold codes and passwords; the configuration refuses this channel in production.
 */
export function createConsoleChannel(write: (text: string) => void): Channel {
  return {
    async send({ to, subject, text }) {
      write(`--- ${to}\n${subject}\n\n${text}\n---\n`);
    },
  };
}
