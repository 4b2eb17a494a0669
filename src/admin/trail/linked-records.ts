import type { AuditLine } from '#audit/index.ts';
import type { AdminContext } from '../context.ts';
import { networkOf } from './scope.ts';

/** The keys under which one patient is known, as far as they may be followed. */
export interface LinkedRecords {
  /** The key that was asked about, then the others. */
  readonly keys: readonly string[];
  /** True for a line about that key, or about another in a network where the two are the same patient. */
  holds(line: AuditLine): boolean;
}

/** A link holds in its network only, and is looked up only where `mayFollow`. */
export async function linkedRecords(
  { directory, linkedKeys }: Pick<AdminContext, 'directory' | 'linkedKeys'>,
  record: string,
  mayFollow: (network: string) => boolean,
): Promise<LinkedRecords> {
  const links = new Map<string, Set<string>>();
  for (const { id: network } of await directory.networks.all()) {
    if (!mayFollow(network)) continue;
    for (const key of await linkedKeys(network, record))
      if (key !== record) links.set(key, (links.get(key) ?? new Set()).add(network));
  }
  return {
    keys: [record, ...links.keys()],
    holds: line =>
      line.patientKey === record || links.get(line.patientKey ?? '')?.has(networkOf(line)) === true,
  };
}
