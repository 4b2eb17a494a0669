import { ACR } from '#kernel/index.ts';
import { NETWORK, createWorld, type WorldRequest } from '../decisions/world.ts';
import { cpu, planOf, speedRow, type Bench, type BenchRun, type Row } from '../harness/bench.ts';
import { startDecisionServer } from '../harness/decision-region.ts';
import { compare } from '../harness/rounds.ts';
import { CLIENT } from '../harness/subject.ts';
import { createWire, type Wire } from '../harness/wire.ts';

const WORKERS = 16;
const BATCH = 50;
const CPU_AIM = 1.15;
const BATCH_AIM = 50;

/** Issue 6, §7: decisions over HTTP, durable log included, beside a constant answer and plain casbin on the same server. */
export const decisionsHttp: Bench = {
  name: 'decisions-http',
  title: 'Decisions over HTTP (16 at once; the same process, shell and authentication on both sides)',
  async run(run) {
    const size = run.isQuick ? { people: 100, records: 200 } : { people: 1_000, records: 5_000 };
    const server = await startDecisionServer(size);
    const wire = createWire(server.origin);
    try {
      return await measure(run, wire, server.child.pid, createWorld(size).requests);
    } finally {
      wire.close();
      await server.stop();
    }
  },
};

async function measure(
  run: BenchRun,
  wire: Wire,
  pid: number,
  requests: readonly WorldRequest[],
): Promise<readonly Row[]> {
  const credentials = Buffer.from(`${CLIENT.id}:${CLIENT.secret}`).toString('base64');
  const headers = { authorization: `Basic ${credentials}`, 'content-type': 'application/json' };
  let turn = 0;
  const next = () => {
    turn += 1;
    const request = requests[turn % requests.length];
    if (!request) throw new Error('there are no requests');
    return request;
  };
  const post = async (path: string, body: object) => {
    const answer = await wire.ask(`/access/v1/${path}`, {
      method: 'POST',
      headers,
      body: JSON.stringify(body),
    });
    if (answer.status !== 200 || !answer.body.includes('"decision":'))
      throw new Error(`${path} answered ${answer.status}: ${answer.body}`);
  };
  const side = (path: string, bodyOf: () => object) => ({
    pid,
    operation: () => post(path, bodyOf()),
  });
  const batch = () => ({ evaluations: Array.from({ length: BATCH }, () => evaluation(next())) });

  const single = await compare(
    {
      ours: side('evaluation', () => evaluation(next())),
      peer: side('bench-constant', () => evaluation(next())),
    },
    planOf(run, WORKERS),
  );
  const batches = await compare(
    { ours: side('evaluations', batch), peer: side('bench-casbin', batch) },
    planOf(run, WORKERS, 3),
  );
  return [
    {
      what: 'one evaluation, beside a constant answer: processor time',
      ours: cpu(single.ours.cpuMsPerOperation),
      peer: cpu(single.peer.cpuMsPerOperation),
      aim: `≤ ${CPU_AIM} × peer`,
      reached: `${single.cpuRatio.toFixed(2)} ×`,
      isMet: single.cpuRatio <= CPU_AIM,
      figures: { ...single },
    },
    speedRow(`batch of ${BATCH}, beside plain casbin without a log`, batches, BATCH_AIM),
  ];
}

const evaluation = ({ account, action, patientKey }: WorldRequest) => ({
  subject: { type: 'account', id: account },
  action: { name: action },
  resource: { type: 'patient_record', id: patientKey, properties: { network: NETWORK } },
  context: { acr: ACR.code },
});
