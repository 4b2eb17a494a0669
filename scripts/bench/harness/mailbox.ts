/** Codes that a server has mailed, by address: the stand-in for the person who reads their mail. */
export interface Mailbox {
  /** From now on the next code to this address is kept. Before the step that sends it. */
  open(address: string): void;
  /** The code sent since `open`. Rejects when none comes. */
  read(address: string): Promise<string>;
  /** Called by whoever watches the server's mail. */
  deliver(address: string, code: string): void;
}

interface Slot {
  readonly code: Promise<string>;
  readonly deliver: (code: string) => void;
}

const PATIENCE_MS = 15_000;

export function createMailbox(): Mailbox {
  const slots = new Map<string, Slot>();
  return {
    open(address) {
      const { promise, resolve } = Promise.withResolvers<string>();
      slots.set(address, { code: promise, deliver: resolve });
    },
    async read(address) {
      const slot = slots.get(address);
      if (!slot) throw new Error(`nobody waits for mail to ${address}`);
      let timer: NodeJS.Timeout | undefined;
      const late = new Promise<never>((_resolve, reject) => {
        timer = setTimeout(() => reject(new Error(`no code came to ${address}`)), PATIENCE_MS);
      });
      try {
        return await Promise.race([slot.code, late]);
      } finally {
        clearTimeout(timer);
        slots.delete(address);
      }
    },
    deliver: (address, code) => slots.get(address)?.deliver(code),
  };
}

/** Reads mails as the console channel prints them: `--- address`, then a text with the code alone on its line. */
export function readConsoleMail(mailbox: Mailbox): (line: string) => void {
  let address: string | undefined;
  return line => {
    const [, to] = /^--- (\S+@\S+)$/u.exec(line) ?? [];
    if (to !== undefined) address = to;
    const [, code] = /^\s+(\d{6})$/u.exec(line) ?? [];
    if (code !== undefined && address !== undefined) mailbox.deliver(address, code);
  };
}
