/** The part of the application's logger that this module uses. No address and no text is ever given to it. */
export interface NotifyLogger {
  info(fields: object, message: string): void;
  warn(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
