/** The part of the application's logger that this module uses. */
export interface AuditLogger {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}

export const silentLogger: AuditLogger = { info: () => {}, error: () => {} };
