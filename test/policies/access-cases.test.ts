import { readFile } from 'node:fs/promises';
import { expect } from 'chai';
import { createWorld, type TestRegion, type TestWorld } from '../access/world.ts';

interface Case {
  readonly request: unknown;
  readonly expected: { readonly decision: boolean; readonly reason_code: string };
}

/** A region and 400 requests with the answers that contract §7 gives them. */
const table = JSON.parse(await readFile(new URL('access-cases.json', import.meta.url), 'utf8')) as {
  region: TestRegion;
  cases: Case[];
};

const wordOf = ({ decision, reason_code }: Case['expected']) => `${decision} ${reason_code}`;

interface Answered {
  readonly decision: boolean;
  readonly context: { readonly reason_code: string };
}

const differences = (answers: readonly Answered[]): string[] =>
  table.cases.flatMap(({ request, expected }, index) => {
    const { decision, context } = answers[index] ?? {
      decision: false,
      context: { reason_code: 'no answer' },
    };
    const found = wordOf({ decision, reason_code: context.reason_code });
    return found === wordOf(expected)
      ? []
      : [`${JSON.stringify(request)}: ${wordOf(expected)}, not ${found}`];
  });

describe('the 400 cases of contract §7', () => {
  let world: TestWorld;
  before(async () => {
    world = await createWorld(table.region);
  });
  after(() => world.close());

  it('agree in process, on facts from the store', async () => {
    const caller = world.caller('check-pdp');
    const answers: Answered[] = [];
    for (const { request } of table.cases) answers.push(await world.access.decide(request as never, caller));
    expect(differences(answers)).to.deep.equal([]);
  });

  it('agree when they are explained', async () => {
    const caller = world.caller('check-pdp');
    const answers: Answered[] = [];
    for (const { request } of table.cases) {
      const text = await world.access.explain(request, caller);
      const [, word, code = ''] = /^Réponse +: (accordé|refusé) \((\w+)\)/u.exec(text) ?? [];
      answers.push({ decision: word === 'accordé', context: { reason_code: code } });
    }
    expect(differences(answers)).to.deep.equal([]);
  });

  it('agree over HTTP, one by one', async () => {
    const answers: Answered[] = [];
    for (const { request } of table.cases) {
      const answer = await world.send('POST', '/access/v1/evaluation', request, { client: 'check-pdp' });
      expect(answer.status).to.equal(200);
      answers.push(answer.json as unknown as Answered);
    }
    expect(differences(answers)).to.deep.equal([]);
  }).timeout(30_000);

  it('agree over HTTP, in one batch', async () => {
    const body = { evaluations: table.cases.map(({ request }) => request) };
    const answer = await world.send('POST', '/access/v1/evaluations', body, { client: 'check-pdp' });
    expect(answer.status).to.equal(200);
    expect(differences(answer.json['evaluations'] as Answered[])).to.deep.equal([]);
  });

  it('each left one line in the log, with its reason', async () => {
    const total = table.cases.length * 3;
    let lines = 0;
    let after: string | undefined;
    do {
      const page = await world.audit.list({ limit: 1000, ...(after !== undefined && { after }) });
      lines += page.items.filter(
        ({ type, data }) => type === 'access.decision.made' && data?.['code'],
      ).length;
      after = page.next;
    } while (after !== undefined);
    expect(lines).to.equal(total);
  });
});
