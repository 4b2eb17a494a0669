import type { Administrator } from '#access/index.ts';
import type { Application, Directory } from '#directory/index.ts';
import { hashToken, type Clock } from '#kernel/index.ts';
import type { Circumstances } from './perform.ts';
import { asConfirmed } from './fresh.ts';
import { conflict } from './refusals.ts';
import type { Proposal } from './proposals.ts';

/** By what an application proved who it is, as marks that tell nothing of it. */
export interface Credentials {
  readonly secret: string;
  readonly others: string;
}

/** The scope that an application writes by, through each door. */
const WRITING_SCOPE: Readonly<Partial<Record<Circumstances['via'], string>>> = {
  api: 'admin:write',
  scim: 'scim',
};

const markOf = (value: unknown) => hashToken(`proposed with ${JSON.stringify(value ?? null)}`);

/** What is kept with a proposal, to be compared when it is confirmed. */
export function credentialsOf(application: Application): Credentials {
  const { clientSecretHash, tokenEndpointAuthMethod, jwks, jwksUri, tlsClientAuthSubjectDn } = application;
  return {
    secret: markOf(clientSecretHash),
    others: markOf([tokenEndpointAuthMethod, jwks, jwksUri, tlsClientAuthSubjectDn]),
  };
}

/** True while what it proved itself by then still opens the door: a secret counts until the end of its overlap. */
function stillCounts(then: Credentials, application: Application, nowMs: number): boolean {
  const now = credentialsOf(application);
  if (then.others !== now.others) return false;
  const { previousSecretHash: previous, previousSecretUntilMs: untilMs = 0 } = application;
  return then.secret === now.secret || (nowMs < untilMs && then.secret === markOf(previous));
}

/**
 * The author of a proposal as they stand now, for the policy to judge again. A person signed in then: only whether the
 * right still stands is asked. SECURITY: an application is looked at again: its scope, its secret or key, its branch and
 * network; what it proposed before any of them was withdrawn is void. Throws `admin.proposal_void` (409).
 */
export async function authorAsNow(
  { administrator, via, credentials }: Proposal,
  { directory, clock }: { readonly directory: Pick<Directory, 'applications'>; readonly clock: Clock },
): Promise<Administrator> {
  if (administrator.kind === 'person') return asConfirmed(administrator, clock);
  const application = await directory.applications.get(administrator.clientId);
  const scope = WRITING_SCOPE[via ?? 'api'];
  const mayWrite = application && scope !== undefined && application.scopes.includes(scope);
  if (!mayWrite || !credentials || !stillCounts(credentials, application, clock.nowMs()))
    throw proposalVoid();
  const { id: clientId, branch, network } = application;
  return { kind: 'application', clientId, branch, network };
}

/**
 * Whether what an application began earlier may still be done in its name: it may change things, in the branch that it
 * had. A person's rights are judged at each act.
 */
export async function stillHolds(
  administrator: Administrator,
  { applications }: Pick<Directory, 'applications'>,
): Promise<boolean> {
  if (administrator.kind === 'person') return true;
  const { clientId, branch, network } = administrator;
  const application = await applications.get(clientId);
  return (
    application?.scopes.includes('admin:write') === true &&
    application.branch === branch &&
    application.network === network
  );
}

function proposalVoid() {
  return conflict('admin.proposal_void', {
    publicMessage: 'L’application qui l’a proposé n’en a plus le droit, ou a changé de secret depuis.',
    hint: 'Refusez cette proposition ; si elle est fondée, proposez-la vous-même.',
  });
}
