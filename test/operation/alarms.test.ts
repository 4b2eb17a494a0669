import { readFileSync } from 'node:fs';
import path from 'node:path';
import { expect } from 'chai';
import { startTestApp, type TestApp } from '../support/app.ts';

const root = path.resolve(import.meta.dirname, '../..');
const read = (file: string): string => readFileSync(path.join(root, file), 'utf8');

const TOKEN = 'a-token-of-the-scraper';
const alarms = read('deploy/prometheus/alarms.yml');
const dashboard = read('deploy/grafana/trousseau.json');

describe('alarms and dashboard', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp({ env: { TROUSSEAU_METRICS_TOKEN: TOKEN } });
    await fetch(`${app.issuer}/health/ready`);
  });
  after(() => app.destroy());

  const scrape = async () =>
    (await fetch(`${app.issuer}/metrics`, { headers: { Authorization: `Bearer ${TOKEN}` } })).text();

  it('look at figures that the service gives', async () => {
    const given = new Set(
      Array.from((await scrape()).matchAll(/^# TYPE (?<name>\S+)/gmu), ({ groups }) => groups?.['name']),
    );
    // The backup's own unit writes it; the revocation lists are there where cards are configured.
    expect(read('deploy/systemd/trousseau-backup.service')).to.include('trousseau_backup_timestamp_seconds');
    for (const elsewhere of ['trousseau_backup_timestamp_seconds', 'trousseau_card_crl_alarm_'])
      given.add(elsewhere);
    const named = `${alarms}${dashboard}`.matchAll(/trousseau_[a-z0-9_]+/gu);
    const missing = Array.from(named, ([name]) => name.replace(/_bucket$/u, '')).filter(
      name => !given.has(name),
    );
    expect(missing).to.deep.equal([]);
  });

  it('say when the service is not ready', async () => {
    expect(await scrape()).to.match(/^trousseau_ready 1$/mu);
    app.http.health.drain();
    expect(await scrape()).to.match(/^trousseau_ready 0$/mu);
  });

  it('tell of each periodic job how it fares', async () => {
    const figures = await scrape();
    const of = '{job="notify.outbox"}';
    expect(figures).to.include(`trousseau_jobs_failed_total${of} 0\n`);
    expect(figures).to.include(`trousseau_jobs_period_seconds${of} 5\n`);
    expect(figures).to.match(/^trousseau_jobs_last_success_seconds\{job="notify\.outbox"\} \d{10}$/mu);
  });

  it('each have their section in docs/operations.md, and the other way round', () => {
    const names = Array.from(
      alarms.matchAll(/- alert: (?<name>\w+)/gu),
      ({ groups }) => groups?.['name'] ?? '',
    );
    const sections = Array.from(
      read('docs/operations.md').matchAll(/^### (?<name>Trousseau\w+)$/gmu),
      ({ groups }) => groups?.['name'] ?? '',
    );
    expect(names).not.to.have.length(0);
    expect(sections).to.have.ordered.members(names);
    for (const name of names) expect(alarms).to.include(`docs/operations.md#${name.toLowerCase()}\n`);
  });

  it('grow by no label that a stranger chooses', async () => {
    const series = async () =>
      (await scrape()).split('\n').filter(line => line.includes('http_requests_total{'));
    await fetch(`${app.issuer}/nowhere/at-all`);
    const before = (await series()).length;
    const strangers = Array.from({ length: 40 }, (_, at) =>
      fetch(`${app.issuer}/${['oidc', 'account', 'x'][at % 3]}/${at}`, {
        method: at % 2 ? 'GET' : 'PROPFIND',
      }),
    );
    await Promise.all(strangers);
    expect((await series()).length - before).to.be.lessThan(10);
  });
});
