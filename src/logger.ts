import pino, { type DestinationStream, type Logger } from 'pino';

/**
 * JSON lines on standard error (standard output belongs to what a command answers). SECURITY: modules hand over
 * codes and ids, never bodies; the paths below are a last net under a mistake.
 */
export function createLogger(level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { pid: process.pid },
    timestamp: pino.stdTimeFunctions.isoTime,
    redact: {
      paths: ['password', 'secret', 'token', 'authorization', 'cookie', '*.password', '*.secret'],
      remove: true,
    },
  };
  return pino(options, destination ?? pino.destination({ dest: 2, sync: false }));
}
