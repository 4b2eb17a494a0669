import { expect } from 'chai';
import { setTimeout as delay } from 'node:timers/promises';
import { systemClock } from '#kernel/index.ts';
import { createApplicant, PDF } from '../enrolment/applicant.ts';
import { openMailServer, type MailServer } from '../security/recorder.ts';
import { plainTextOf } from '../support/mail-source.ts';
import { pngOf } from '../support/pictures.ts';
import { newMessage } from './means-hands.ts';
import { choosePassword, openRecord } from './regions/opening.ts';
import { CHU, type Newcomer, type Walk } from './regions/journey.ts';
import { MODES } from './support/modes.ts';
import { useDemo, type Visitor } from './support.ts';

const [DESK, KEYBOARD, TELEPHONE] = MODES;
const LIST = '/admin/requests';
/** What is waited for comes sooner: a machine under load is given its time. */
const PATIENCE_SECONDS = 60;

/** A nurse of the CHU. */
function nurse(familyName: string): Newcomer {
  const login = `nina.${familyName.toLowerCase()}`;
  return {
    givenName: 'Nina',
    familyName,
    login,
    email: `${login}@exemple.fr`,
    // The one that an applicant of the tests gives.
    mobile: '+33612345678',
    network: 'cancerologie',
    applications: [],
    rpps: '',
    isPhysician: false,
    workplace: CHU,
  };
}

describe('the day of those who treat requests for an account', function () {
  this.timeout(300_000);
  const settings: Record<string, string> = { TROUSSEAU_WELCOME_PAUSE: '0s' };
  let server: MailServer;
  before(async () => {
    server = await openMailServer('poste-2026');
    settings['TROUSSEAU_SMTP_URL'] = server.url;
  });
  const demo = useDemo({ settings });
  after(() => server.close());

  const seen = new Set<string>();

  /** The next mail to them that says so, as it came in an SMTP session; a text message, as the demonstration keeps it. */
  async function message(to: string, about: RegExp) {
    if (to.startsWith('+')) return newMessage(demo, to, seen, { about, seconds: PATIENCE_SECONDS });
    const until = systemClock.now() + PATIENCE_SECONDS;
    for (;;) {
      const raw = server.messages.findLast(
        one => one.includes(`To: ${to}\r\n`) && !seen.has(one) && about.test(plainTextOf(one)),
      );
      if (raw !== undefined) {
        seen.add(raw);
        return { id: raw, to, text: plainTextOf(raw) };
      }
      if (systemClock.now() > until) throw new Error(`no mail came to ${to}`);
      await delay(100);
    }
  }

  const walk = (part: string): Walk => ({
    demo,
    mode: DESK ?? { name: 'desk', words: '', how: {} },
    as: () => ({ shots: `treating-${part}` }),
    visitor: name => demo.visitor({ shots: `treating-${name}` }),
    message,
  });

  /** Asks for an account as `test/browser/regions` shows it, here without a browser. */
  async function sendRequest(who: Newcomer): Promise<void> {
    const { issuer } = demo.instance();
    const asking = createApplicant({ issuer, mailTo: async to => (await message(to, /\d{6}/u)).text });
    await asking.begin();
    await asking.fillIdentity({
      profession: '60',
      rpps: '',
      familyName: who.familyName,
      givenName: who.givenName,
    });
    await asking.proveAddress(who.email);
    await asking.fill('interests', { networks: [who.network] });
    await asking.upload('signed_request', PDF);
    await asking.upload('identity_card', pngOf(600, 380));
    await asking.fill('proofs');
    const sent = await asking.fill('summary');
    expect(sent.body).to.contain('data-state="received"');
  }

  /** Finds it in the work list by a part of the name, and opens it. */
  async function open(clerk: Visitor, login: string, { familyName }: Newcomer): Promise<void> {
    await clerk.enter(LIST, login);
    await clerk.type('#text', familyName.slice(1, -1).toUpperCase());
    await clerk.press('[role=search] #continue');
    await clerk.see('table', 'list');
    await clerk.press(`table a:has-text("${familyName}")`);
    await clerk.see('[data-state]', 'request');
  }

  it('asks a question, reads the answer, accepts for a time, and the person opens a first record', async () => {
    const who = nurse('Marchand');
    await sendRequest(who);
    const paul = await demo.visitor({ shots: 'treating-desk' });
    await open(paul, 'paul.bernard', who);
    await paul.type('#question', 'Dans quel service travaillez-vous ?');
    await paul.press('form#ask button');
    await paul.see('[data-state="asked"]', 'asked');

    const nina = await demo.visitor({ shots: 'treating-nurse' });
    const question = await message(who.email, /vous pose une question/u);
    expect(question.text, 'a question is read on the page only').to.not.include('service travaillez');
    await nina.page.goto(/http\S+\/request\/link\/\S+/u.exec(question.text)?.[0] ?? '');
    await nina.see('form#link', 'link');
    await nina.press('form#link #continue');
    await nina.see('[data-state="asked"]', 'question');
    expect(await nina.page.textContent('main')).to.include('Dans quel service travaillez-vous ?');
    await nina.type('form#answer textarea', 'En oncologie médicale.');
    await nina.press('form#answer button');
    await nina.see('[data-state="received"]', 'answered');

    await paul.press('.trail a');
    await paul.see('table', 'list-with-an-answer');
    expect(await paul.page.textContent(`tr:has-text("${who.familyName}")`)).to.include('a répondu');
    await paul.press(`table a:has-text("${who.familyName}")`);
    await paul.see('[data-state="received"]', 'answered');
    expect(await paul.page.textContent('main')).to.include('En oncologie médicale.');
    await paul.press('#continue');
    await paul.see('form#accept', 'acceptance');
    await paul.typeDate('#until-0', '2031-12-31');
    await paul.press('form#accept #continue');
    await paul.see('[role=status]', 'accepted');

    await choosePassword(walk('nurse'), nina, who);
    await openRecord(walk('nurse'), nina, who, { record: '2026-0101' });
  });

  it('is refused by keyboard alone and without scripts, in words that the mail brings whole', async () => {
    const who = nurse('Tessier');
    await sendRequest(who);
    const paul = await demo.visitor({ ...KEYBOARD?.how, shots: 'treating-keyboard' });
    await open(paul, 'paul.bernard', who);
    await paul.press('a[href$="/refuse"]');
    await paul.see('form#refuse', 'refusal');
    await paul.choose('#reason_code', 'incomplete');
    await paul.type('#words', 'Il manque la page 2 de la demande signée.');
    await paul.press('form#refuse #continue');
    await paul.see('[data-state="refused"]', 'refused');
    const { text } = await message(who.email, /n’est pas acceptée/u);
    expect(text).to.include('Le dossier est incomplet ou illisible.\n');
    expect(text).to.include('Il manque la page 2 de la demande signée.');
    expect(text).to.include(`${demo.instance().issuer}/request\n`);
    expect(text.split('Besoin d’aide')[0], 'whom to ring').to.match(/\b0\d(?: \d\d){4}/u);
  });

  it('passes on to the region at 320 px, which is told by mail', async () => {
    const who = nurse('Quentin');
    await sendRequest(who);
    const paul = await demo.visitor({ ...TELEPHONE?.how, shots: 'treating-telephone' });
    await open(paul, 'paul.bernard', who);
    await paul.choose('form#transfer #organisation', '');
    await paul.press('form#transfer button');
    await paul.see('[role=status]', 'passed-on');
    const { text } = await message('anne.moreau@esante-region.example', /vous transmet/u);
    expect(text).to.not.include(who.familyName);
    const anne = await demo.visitor({ ...TELEPHONE?.how, shots: 'treating-telephone-region' });
    await anne.enter(/\/admin\/requests\/\S+/u.exec(text)?.[0] ?? '', 'anne.moreau');
    await anne.see('[data-state="received"]', 'received-by-the-region');
  });

  it('gives a habilitation particulière on a signed form, by two administrators', async () => {
    const who = nurse('Bertin');
    await sendRequest(who);
    const coline = await demo.visitor({ shots: 'treating-first' });
    await open(coline, 'coline.mercier', who);
    await coline.press('details summary:has-text("formulaire")');
    await coline.attach('form#form input[type=file]', {
      name: 'f.pdf',
      mimeType: 'application/pdf',
      buffer: PDF,
    });
    await coline.press('form#form button');
    await coline.see('[role=status]', 'form-added');
    await coline.press('#continue');
    await coline.see('form#accept', 'acceptance');
    await coline.choose('#profile-0', 'responsable_rcp');
    await coline.press('form#accept #continue');
    await coline.see('[data-state="second_needed"]', 'second-needed');
    expect(await coline.page.locator('a[href$="/agree"]').count(), 'nobody agrees twice').to.equal(0);
    const anne = await demo.visitor({ shots: 'treating-second' });
    await open(anne, 'anne.moreau', who);
    await anne.press('#continue');
    await anne.see('form#agree', 'agreement');
    await anne.press('form#agree #continue');
    await anne.see('[role=status]', 'agreed');
    const { text } = await message(who.email, /Votre identifiant est/u);
    expect(text).to.include(who.login);
  });
});
