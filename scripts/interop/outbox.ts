import { setTimeout as delay } from 'node:timers/promises';

/** A message of the demo's outbox, the newest first (contract §2). */
export interface OutboxMessage {
  readonly id: string;
  readonly to: string;
  readonly text: string;
}

/** The code of the newest message to this login that is not among those `seen`, which it joins; mail may leave after the page. */
export async function readNewCode(outboxUrl: string, login: string, seen: Set<string>): Promise<string> {
  for (let attempt = 0; attempt < 300; attempt++) {
    for (const message of await readOutbox(outboxUrl)) {
      const code = /\b\d{6}\b/u.exec(message.text)?.[0];
      if (code === undefined || !message.to.startsWith(`${login}@`) || seen.has(message.id)) continue;
      seen.add(message.id);
      return code;
    }
    await delay(100);
  }
  throw new Error(`no code came for ${login}`);
}

/** Everything that the demo kept instead of sending. */
export async function readOutbox(outboxUrl: string): Promise<readonly OutboxMessage[]> {
  const response = await fetch(outboxUrl);
  if (!response.ok) throw new Error(`the outbox answered ${response.status}`);
  return (await response.json()) as readonly OutboxMessage[];
}
