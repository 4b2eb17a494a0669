import { FlowError } from './flows.ts';
import type { OurServer } from './ours.ts';

export interface StoreCounts {
  readonly operations: number;
  readonly commits: number;
}

/** What the running product says about its store at `/metrics`. */
export async function readStoreCounts({ wire, metricsToken }: OurServer): Promise<StoreCounts> {
  const answer = await wire.ask('/metrics', { headers: { authorization: `Bearer ${metricsToken}` } });
  if (answer.status !== 200) throw new FlowError('/metrics', answer);
  const read = (name: string) => {
    const value = new RegExp(`^trousseau_${name} (\\S+)$`, 'mu').exec(answer.body)?.[1];
    if (value === undefined) throw new Error(`/metrics says nothing of ${name}`);
    return Number(value);
  };
  return { operations: read('store_operations'), commits: read('store_commits') };
}
