import { startNode } from './child.ts';
import { createMailbox, readConsoleMail } from './mailbox.ts';
import { benchAccounts, discover, type Subject } from './subject.ts';

/** The peer: oidc-provider alone, in memory, in a process of its own. */
export async function startPeer(options: { readonly accounts: number }): Promise<Subject> {
  const mailbox = createMailbox();
  const readMail = readConsoleMail(mailbox);
  const listening = Promise.withResolvers<number>();
  const child = startNode(['scripts/bench/peers/bare-oidc-provider.ts', String(options.accounts)], {
    env: {},
    onLine(line) {
      const [, port] = /^listening on (\d+)$/u.exec(line) ?? [];
      if (port === undefined) readMail(line);
      else listening.resolve(Number(port));
    },
  });
  const port = await Promise.race([child.ended, listening.promise]);
  const { wire, endpoints } = await discover(`http://localhost:${port}`);
  return {
    name: 'peer',
    pid: child.pid,
    wire,
    endpoints,
    mailbox,
    accounts: benchAccounts(options.accounts),
    async stop() {
      wire.close();
      await child.stop();
    },
  };
}
