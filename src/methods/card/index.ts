/**
 * Sign-in by CPS, CPE, CPF, CDE or CPA card: the means itself. Whoever shows a card is sent to the card host (`host/`),
 * which judges the certificate (`judge.ts`) and hands over whom it names; here that person is found by the national
 * identifier, never by the card, which is renewed. Does not own levels, attempts nor accounts.
 */
import type { Directory, Professional } from '#directory/index.ts';
import { ACR } from '#kernel/index.ts';
import type { ElsewherePage, Method, MethodService, ProvenIdentity, Sentence } from '../method.ts';
import type { HandOff } from './host/hand-off.ts';
import { hostSentences } from './host/messages.ts';
import { cardSentences } from './messages.ts';
import { listsOf } from './lists.ts';
import type { Revocation } from './revocation/index.ts';
import type { CardUses } from './uses.ts';

export const CARD_METHOD_ID = 'card';

const SENTENCES: Readonly<Record<string, Sentence>> = { ...cardSentences, ...hostSentences };

export interface CardMethodDeps {
  readonly directory: Directory;
  readonly handOff: HandOff;
  readonly uses: CardUses;
  /** The public address of the card host. */
  readonly url: string;
  readonly service: MethodService;
  readonly revocation: Pick<Revocation, 'gauges' | 'health'>;
}

/** How soon a list that names a card ends what that card has opened. */
const REVOKED_SECONDS = 60;

export function createCardMethod(deps: CardMethodDeps): Method {
  const { directory, handOff, uses, url } = deps;
  const help = { label: 'Testez votre poste', address: `${url}/poste` };
  const elsewhere: ElsewherePage = {
    title: 'Connexion par carte',
    lead: 'Insérez votre carte CPS ou CPE dans le lecteur. Le navigateur vous demandera de choisir son certificat, puis de saisir votre code porteur.',
    button: 'Lire ma carte',
    help,
  };

  async function holderOf({ nationalIds }: ProvenIdentity): Promise<Professional | null> {
    for (const id of nationalIds) {
      const found = await directory.professionals.findByNationalId(id);
      if (found) return found;
    }
    return null;
  }

  return {
    id: CARD_METHOD_ID,
    title: 'Carte CPS ou CPE',
    factor: 'possession',
    resistsPhishing: true,
    // The card and its PIN are two factors in one (RFC 8176 §2).
    amr: ['sc', 'pin', 'mfa'],
    identifies: true,
    elsewhere,
    sentences: SENTENCES,
    service: deps.service,
    gauges: deps.revocation.gauges,
    lists: () => listsOf(deps.revocation.health().lists),
    jobs: [{ name: 'card.revoked-sessions', seconds: REVOKED_SECONDS, run: () => uses.endRevoked() }],
    acrAlone: ACR.card,
    acrAsSecond: ACR.card,
    button: { label: 'Carte CPS ou CPE', icon: 'card' },
    choice: { label: 'Carte CPS ou CPE', icon: 'card' },
    // Who is in no national register has no card.
    isAvailableTo: person => person === null || (person.professional.nationalIds ?? []).length > 0,

    async begin(_person, place) {
      const { token, expiresAt } = await handOff.open(place);
      return { address: `${url}/sign-in?${new URLSearchParams({ t: token })}`, expiresAt, resendAt: 0 };
    },

    async verify(_person, input, place) {
      const ticket = new URLSearchParams(input).get('ticket') ?? '';
      const proven = await handOff.redeem(ticket, place);
      if (!proven) return { ok: false, code: 'card.ticket_ended' };
      const holder = await holderOf(proven.identity);
      if (!holder) return { ok: false, code: 'card.unknown_person', unknown: proven.identity };
      // ORDER: noted before the proof counts: no session is ever opened by a card that nobody would ask about again.
      const origin = await uses.note(proven.card);
      return { ok: true, accountId: holder.id, origins: [origin] };
    },
  };
}
