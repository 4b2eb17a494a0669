import { expect } from 'chai';
import { coreSection } from '#config/index.ts';
import { restore } from '../../src/cli/backup.ts';
import { isVoided } from '../../src/operation/voided.ts';
import { PASSWORD, startTestApp, type TestApp } from '../support/app.ts';
import { createVisitor, payloadOf, redeem } from '../support/relying-party.ts';
import { command } from './command.ts';

/** Documents that expire because their time is over, not because they would open something. */
const KEPT_THOUGH_EXPIRING = [
  'access_emergency_uses',
  'admin_bulk_runs',
  'admin_import_announcements',
  'admin_import_lines',
  'admin_imports',
  'admin_webhook_attempts',
  'enrolment_requests',
  'method_factor_resets',
];

/** Collections none of whose documents expire, or whose expiring ones no backup may bring back. */
const OTHERS =
  `access_key_links access_key_quotas access_key_secrets access_made_keys access_notices access_policy_loads access_policy_texts
  access_rcp_sessions access_records account_activity accounts admin_api_requests admin_proposals admin_review_lines
  admin_reviews admin_sent_forms admin_turns admin_webhook_feed admin_webhooks application_trials applications
  audit_blocks audit_chains audit_checkpoints audit_editions audit_keys audit_manifests audit_newest audit_sealed_days
  audit_segments audit_spans audit_volumes change_log contact_changes contact_objections dormancy_reminders enrolment_codes
  enrolment_guides enrolment_lost_links enrolment_proof_parts enrolment_proofs enrolment_tickets job_leases
  login_reservations logos means method_code_counters method_codes method_factors method_offers
  method_passkey_challenges method_tokens networks notify_demo_count notify_demo_messages notify_outbox
  notify_wordings oidc_client_credentials oidc_ended_sessions oidc_grants oidc_sessions oidc_signing_keys
  organisations password_links password_notices professionals reference_professionals reference_states
  reference_structures region region_rows scim_external_ids signed_form_parts signed_forms signin_attempts
  signin_devices signin_states terms`.split(/\s+/u);

describe('what a backup leaves out', () => {
  let app: TestApp;
  before(async () => {
    app = await startTestApp();
  });
  after(() => app.destroy());

  it('was decided for every collection: a new one is named here, and in voided.ts when it expires for its age', () => {
    const known = new Set([...KEPT_THOUGH_EXPIRING, ...OTHERS]);
    const names = app.services.store.collections().map(({ name }) => name);
    expect(names.filter(name => !known.has(name))).to.deep.equal([]);
    expect([...known].filter(name => !names.includes(name))).to.deep.equal([]);
  });

  it('is everything that expires, but what is kept for its time', () => {
    const isGone = (collection: string) =>
      isVoided({
        collection,
        text: '{}',
        expiresAt: app.clock.now() + 60,
      });
    expect(KEPT_THOUGH_EXPIRING.filter(isGone)).to.deep.equal([]);
    expect(OTHERS.filter(name => !isGone(name))).to.deep.equal([]);
  });

  it('goes too when other tools have restored it: sessions and their like, and nothing else', async function () {
    // Three commands open the data anew beside the service.
    this.timeout(60_000);
    const { body } = await redeem(app, await createVisitor(app).signIn('claire.dupont'));
    const { sid } = payloadOf(body.id_token);
    expect(await app.oidc.sessions.findBySid(String(sid))).not.to.equal(null);
    const env = {
      TROUSSEAU_MODE: 'demo',
      TROUSSEAU_DATA_DIR: app.dataDir,
      TROUSSEAU_STORE_URL: app.services.config.of(coreSection).storeUrl,
    };
    expect((await command(restore, env, '--void-only')).out).to.match(/^oidc_sessions: \d/mu);
    expect(await app.oidc.sessions.findBySid(String(sid)), 'a dry run').not.to.equal(null);
    expect((await command(restore, env, '--void-only', '--confirm')).code).to.equal(0);
    expect(await app.oidc.sessions.findBySid(String(sid))).to.equal(null);
    expect((await command(restore, env, '--void-only')).out).not.to.include('oidc_');
    const account = await app.services.accounts.findByLogin('claire.dupont');
    expect(await app.services.accounts.verifyPassword(account, PASSWORD)).to.equal(true);
  });
});
