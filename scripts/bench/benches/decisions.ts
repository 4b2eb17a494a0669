import { readFile } from 'node:fs/promises';
import { openCasbin } from '../../../src/access/engine/casbin.ts';
import { compilePolicy } from '../../../src/access/engine/compile.ts';
import { buildPolicy, type PolicyRow } from '../../../src/access/engine/index.ts';
import { readPolicy } from '../../../src/access/engine/read-policy.ts';
import type { FactsImage } from '../../../src/access/facts/image/index.ts';
import {
  fillImage,
  keep,
  openCasbinWithRoles,
  openCasl,
  openMaps,
  openPacked,
  openPlainCasbin,
} from '../decisions/engines.ts';
import { agree, race } from '../decisions/measure.ts';
import { createWorld } from '../decisions/world.ts';
import { rate, type Bench, type Row } from '../harness/bench.ts';
import { collect } from '../harness/collection.ts';

/** The aims of issue 6, §7, as multiples of each peer's throughput. */
const AIMS: Readonly<Record<string, number>> = {
  'plain casbin': 400,
  'casbin with its roles': 400,
  CASL: 12,
  'hand-written Map': 2,
};
const P99_AIM_US = 1;
const MEMORY_AIM_MIB = 64;
const MANY_ROWS_AIM = 0.75;
/** Plain casbin is asked so many at a time: the others take 262,144. */
const CASBIN_COUNT = 1_500;
const ROWS = 50;
const MANY_ROWS = 5_000;

/** Issue 6, §7: decisions in process, beside other engines that give the same answers, on a random region. */
export const decisions: Bench = {
  name: 'decisions',
  title: 'Decisions in process (50,000 people, 1,000,000 records of five parties, random)',
  async run({ isQuick }) {
    const world = createWorld(
      isQuick ? { people: 5_000, records: 50_000 } : { people: 50_000, records: 1_000_000 },
    );
    const before = collect();
    const image = fillImage(world);
    const bytes = collect() - before;
    const rows = readPolicy(await readFile('policies/policy.csv', 'utf8')).rows.slice(0, ROWS);
    const policy = await buildPolicy('policies');
    const kept = keep(world);
    const ours = openPacked(image, policy);
    const peers = [
      openMaps(kept, rows),
      openCasl(kept, rows),
      await openPlainCasbin(kept, rows),
      await openCasbinWithRoles(kept, rows),
    ];
    const share = await agree([ours, ...peers], world.requests.slice(0, 2_000));
    const { length } = world.requests;
    const raced = await race(
      [ours, ...peers].map(engine => ({
        engine,
        count: engine.name.includes('casbin') ? CASBIN_COUNT : length,
      })),
      world.requests,
      isQuick ? 1 : 5,
    );
    const [us, ...others] = raced;
    if (!us) throw new Error('nothing was raced');
    const own = `${rate(us.perSecond)} (p50 ${us.p50Us.toFixed(2)} µs, p99 ${us.p99Us.toFixed(2)} µs)`;
    return [
      ...others.map((peer): Row => {
        const aim = AIMS[peer.name] ?? NaN;
        return {
          what: `beside ${peer.name}`,
          ours: own,
          peer: `${rate(peer.perSecond)} (p99 ${peer.p99Us.toFixed(1)} µs)`,
          aim: `≥ ${aim} × peer`,
          reached: `${peer.ratio.toFixed(1)} ×`,
          isMet: peer.ratio >= aim,
          figures: { ...peer, ours: us, permits: share },
        };
      }),
      {
        what: 'p99 of one decision (batches of 64)',
        ours: `${us.p99Us.toFixed(2)} µs`,
        aim: `≤ ${P99_AIM_US} µs`,
        reached: `${us.p99Us.toFixed(2)} µs`,
        isMet: us.p99Us <= P99_AIM_US,
        figures: { ...us },
      },
      await manyRows(image, rows, world.requests, isQuick ? 1 : 5),
      memoryRow(bytes / 2 ** 20),
    ];
  },
};

/** The same decisions by a policy of 5,000 rows. */
async function manyRows(
  image: FactsImage,
  few: readonly PolicyRow[],
  requests: ReturnType<typeof createWorld>['requests'],
  rounds: number,
): Promise<Row> {
  const model = await readFile('policies/model.conf', 'utf8');
  const profiles = [...new Set(few.map(({ profile }) => profile))];
  const others = Array.from({ length: MANY_ROWS - few.length }, (_, index): PolicyRow => ({
    line: few.length + index + 1,
    profile: profiles[index % profiles.length] ?? 'auditeur',
    type: `type_${index % 50}`,
    action: `action_${Math.floor(index / profiles.length)}`,
    effect: 'allow',
  }));
  const compiled = async (rows: readonly PolicyRow[]) =>
    compilePolicy((await openCasbin(model, rows)).model, rows);
  const engines = [await compiled([...few, ...others]), await compiled(few)].map(policy => ({
    engine: openPacked(image, policy),
    count: requests.length,
  }));
  const [many, one] = await race(engines, requests, rounds);
  // The ratio is of the first, 5,000 rows, over the second.
  const found = one?.ratio ?? NaN;
  return {
    what: `${MANY_ROWS} rows of policy instead of ${few.length}`,
    ours: rate(many?.perSecond ?? NaN),
    peer: rate(one?.perSecond ?? NaN),
    aim: `≥ ${MANY_ROWS_AIM} × peer`,
    reached: `${found.toFixed(2)} ×`,
    isMet: found >= MANY_ROWS_AIM,
    figures: { many, one },
  };
}

function memoryRow(mebibytes: number): Row {
  return {
    what: 'memory of the image, people included',
    ours: `${mebibytes.toFixed(0)} MiB`,
    aim: `≤ ${MEMORY_AIM_MIB} MiB`,
    reached: `${mebibytes.toFixed(0)} MiB`,
    isMet: mebibytes <= MEMORY_AIM_MIB,
    figures: { mebibytes },
  };
}
