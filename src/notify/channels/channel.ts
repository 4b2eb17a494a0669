/** A rendered message. */
export interface Message {
  /** The delivery's own, the same at every attempt. */
  readonly id: string;
  readonly to: string;
  readonly subject: string;
  readonly text: string;
  readonly html: string;
}

/** A way out of the service. */
export interface Channel {
  /** Resolves when the next server has taken the message. Throws `undeliverable()` when no retry can help. */
  send(message: Message): Promise<void>;
}

/** A text message. */
export type SmsMessage = Pick<Message, 'id' | 'to' | 'text'>;

/** A way to telephones. Resolves and throws like `Channel`. */
export interface SmsChannel {
  send(message: SmsMessage): Promise<void>;
}
