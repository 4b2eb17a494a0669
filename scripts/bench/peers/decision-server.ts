/**
 * The product with two more routes, behind the same shell and the same authentication: `…/bench-constant` reads the
 * body and answers what never changes; `…/bench-casbin` lets plain casbin answer a batch. One process for all three,
 * so that their rounds differ in nothing else. `node decision-server.ts PORT FOLDER REGION`.
 */
import { readFile } from 'node:fs/promises';
import Router from '@koa/router';
import { loadConfig } from '#config/index.ts';
import { readJson } from '#http/index.ts';
import pino from 'pino';
import { createApp } from '../../../src/app.ts';
import { readPolicy } from '../../../src/access/engine/read-policy.ts';
import { createEndpoint } from '../../../src/access/routes/api.ts';
import { sections } from '../../../src/sections.ts';
import { openPlainCasbin } from '../decisions/engines.ts';
import { decisionRecords, decisionPeople, type DecisionRegion } from '../harness/decision-region.ts';

const [, , port = '0', folder = '', regionFile = ''] = process.argv;
const config = loadConfig(
  sections,
  {
    TROUSSEAU_MODE: 'demo',
    TROUSSEAU_PORT: port,
    TROUSSEAU_DATA_DIR: folder,
    TROUSSEAU_DEMO_DCC: 'off',
    TROUSSEAU_DEMO_PSC: 'off',
    TROUSSEAU_LOG_LEVEL: 'warn',
  },
  { cwd: folder },
);
const app = await createApp({ config, logger: pino({ level: 'warn' }) });
await app.region.importFile(regionFile, { dryRun: false });

const region = JSON.parse(await readFile(regionFile, 'utf8')) as DecisionRegion;
const { rows } = readPolicy(await readFile('policies/policy.csv', 'utf8'));
const casbin = await openPlainCasbin(
  { people: decisionPeople(region), records: decisionRecords(region) },
  rows.slice(0, 50),
);

const CONSTANT = {
  decision: true,
  context: {
    id: 'AAAAAAAAAAAAAAAAAAAAAA',
    reason_code: 'permitted_party',
    reason_user: { fr: 'Vous avez accès à ce dossier.' },
    reason_admin: { rule: '15', facts: { network: 'cancerologie', regime: 'consentement' } },
  },
};

interface Asked {
  readonly subject: { readonly id: string };
  readonly action: { readonly name: 'read' };
  readonly resource: { readonly id: string };
}

const endpoint = createEndpoint(app.access.guard);
const router = new Router();
router.post(
  '/access/v1/bench-constant',
  endpoint('access:evaluate', async ctx => {
    await readJson(ctx, { maxBytes: 512 * 1024 });
    return CONSTANT;
  }),
);
router.post(
  '/access/v1/bench-casbin',
  endpoint('access:evaluate', async ctx => {
    const { evaluations } = (await readJson(ctx, { maxBytes: 512 * 1024 })) as {
      evaluations: readonly Asked[];
    };
    const answers: { decision: boolean }[] = [];
    for (const { subject, action, resource } of evaluations)
      answers.push({
        decision: await casbin.decide({
          account: subject.id,
          action: action.name,
          patientKey: resource.id,
        }),
      });
    return { evaluations: answers };
  }),
);
app.http.use(router);
await app.start();
console.log(`listening on ${port}`);
process.once('SIGTERM', () => void app.stop());
