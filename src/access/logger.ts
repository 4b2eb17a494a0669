/** The part of the application's logger that this module uses. */
export interface AccessLogger {
  info(fields: object, message: string): void;
  error(fields: object, message: string): void;
}
