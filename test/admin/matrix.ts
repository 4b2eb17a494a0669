/*
 * Who gets in where: one row a route of administration (pages, API, SCIM). The letters are those of `matrix-probe.ts`:
 * R region, L local, C 3C, A auditor of the region, a auditor of the CHU, u ordinary user; r application of the region,
 * c of the CHU, l one that only reads; - nobody signed in. Whoever is not named is kept out before anything is written.
 */

/** `own`: for things of the CHU, or of no branch. `other`: the same for things of the clinique. */
export interface Row {
  readonly own: string;
  readonly other: string;
  /** What a call must say to be judged at all: calls of the API are dry runs. `:names` stand for those of the branch. */
  readonly body?: object;
  /** The same, of a call that takes a file: its media type, and a content. */
  readonly file?: readonly [type: string, content: string];
}

/** Paths without a branch in them. */
const open = (own: string, body?: object): Row => ({ own, other: own, ...(body && { body }) });
/** Things of a branch: beyond it, only the region gets in. */
const within = (own: string, body?: object, file?: Row['file']): Row => ({
  own,
  other: own.replace(/[^RAr]/gu, ''),
  ...(body && { body }),
  ...(file && { file }),
});
/** Nothing of that name exists in this region: nobody gets in, and nobody learns more than that. */
const nothingThere = open('');

const READERS = 'RLCAa';
const GIVERS = 'RLC';
const CHANGERS = 'RL';
const REGION = 'R';

const pair = (path: string, row: Row) => ({ [`GET ${path}`]: row, [`POST ${path}`]: row });
const posts = (row: Row, ...paths: readonly string[]) =>
  Object.fromEntries(paths.map(path => [`POST ${path}`, row]));
const gets = (row: Row, ...paths: readonly string[]) =>
  Object.fromEntries(paths.map(path => [`GET ${path}`, row]));

const PERSON = '/admin/people/:sub';
const people: Record<string, Row> = {
  // Asked first, while everybody's sign-in is seconds old.
  ...gets(open(READERS), '/admin/identity'),
  ...gets(open(READERS), '/admin/people', '/admin/people/bulk', '/admin/proposals'),
  ...posts(open(READERS), '/admin/people/bulk'),
  ...gets(nothingThere, '/admin/people/bulk/:id', '/admin/people/bulk/:id/report.:format'),
  ...posts(nothingThere, '/admin/people/bulk/:id/stop', '/admin/people/bulk/:id/resume'),
  ...pair('/admin/people/new', open(GIVERS)),
  ...pair('/admin/people/attach', open(GIVERS)),
  ...gets(within(READERS), PERSON),
  ...pair(`${PERSON}/edit`, within(GIVERS)),
  ...pair(`${PERSON}/enrol`, within(GIVERS)),
  ...pair(`${PERSON}/absence`, within(GIVERS)),
  ...pair(`${PERSON}/open`, within(GIVERS)),
  ...pair(`${PERSON}/memberships/new`, within(GIVERS)),
  ...pair(`${PERSON}/memberships/:membership`, within(GIVERS)),
  ...pair(`${PERSON}/memberships/:membership/remove`, within(GIVERS)),
  ...pair(`${PERSON}/suspend`, within(CHANGERS)),
  ...pair(`${PERSON}/reactivate`, within(CHANGERS)),
  ...pair(`${PERSON}/close`, within(CHANGERS)),
  ...pair(`${PERSON}/reset-password`, within(CHANGERS)),
  ...pair(`${PERSON}/expire-password`, within(CHANGERS)),
  ...pair(`${PERSON}/reset-factors`, within(CHANGERS)),
  ...pair(`${PERSON}/end-sessions`, within(CHANGERS)),
  ...posts(within(CHANGERS), `${PERSON}/end-session`),
  ...gets(nothingThere, `${PERSON}/absence/:delegate/end`),
  ...posts(within(GIVERS), `${PERSON}/absence/:delegate/end`),
  ...posts(nothingThere, '/admin/proposals/:id/confirm', '/admin/proposals/:id/decline'),
};

const REQUEST = '/admin/requests/:id';
const requests: Record<string, Row> = {
  ...gets(open(READERS), '/admin/requests', '/admin/requests/archive'),
  ...gets(within(READERS), REQUEST, `${REQUEST}/documents/:document`, `${REQUEST}/export.zip`),
  ...pair(`${REQUEST}/accept`, within(GIVERS)),
  ...pair(`${REQUEST}/refuse`, within(GIVERS)),
  ...pair(`${REQUEST}/correct`, within(GIVERS)),
  ...posts(within(GIVERS), ...['ask', 'note', 'transfer', 'form'].map(name => `${REQUEST}/${name}`)),
  // No network of this region names validators.
  ...gets(nothingThere, '/admin/requests/validate'),
  ...pair('/admin/requests/validate/:network/:id', nothingThere),
  // No first agreement was given, and the document is no picture.
  ...pair(`${REQUEST}/agree`, nothingThere),
  ...gets(nothingThere, `${REQUEST}/documents/:document/picture`),
};

const IMPORT = '/admin/people/import';
const files: Record<string, Row> = {
  ...pair(IMPORT, open(GIVERS)),
  ...gets(open(GIVERS), `${IMPORT}/template.:format`),
  ...gets(nothingThere, `${IMPORT}/:id`, `${IMPORT}/:id/report.:format`),
  ...posts(nothingThere, ...['choices', 'confirm', 'stop', 'resume'].map(name => `${IMPORT}/:id/${name}`)),
  ...gets(
    open(READERS),
    ...['people', 'organisations', 'networks'].map(name => `/admin/export/${name}.:format`),
  ),
  ...gets(open('RAa'), '/admin/export/applications.:format'),
};

const ORGANISATION = '/admin/organisations/:id';
const APPLICATION = '/admin/applications/:id';
const structure: Record<string, Row> = {
  ...gets(open(READERS), '/admin/organisations', '/admin/networks'),
  ...gets(within(READERS), ORGANISATION),
  ...pair('/admin/organisations/new', open(REGION)),
  ...pair(`${ORGANISATION}/edit`, within(CHANGERS)),
  ...pair(`${ORGANISATION}/referents`, within(CHANGERS)),
  ...posts(
    within(CHANGERS),
    `${ORGANISATION}/logo`,
    `${ORGANISATION}/logo/remove`,
    `${ORGANISATION}/referents/remove`,
  ),
  // The other network has no auditor of its own: that of the region audits one network.
  ...gets(
    { own: READERS, other: REGION },
    '/admin/networks/:id',
    '/admin/networks/:id/notices',
    '/admin/networks/:id/notices/:notice',
  ),
  ...pair('/admin/networks/:id/notices/new', open(REGION)),
  ...pair('/admin/networks/new', open(REGION)),
  ...pair('/admin/networks/:id/edit', open(REGION)),
  ...pair('/admin/networks/:id/validators', open(REGION)),
  ...posts(open(REGION), '/admin/networks/:id/validators/remove'),
  ...gets(open('RAa'), '/admin/applications'),
  ...gets(within('RAa'), APPLICATION),
  ...pair('/admin/applications/new', open(REGION)),
  ...pair(`${APPLICATION}/edit`, open(REGION)),
  ...pair(`${APPLICATION}/secret`, open(REGION)),
  ...pair(`${APPLICATION}/test`, open(REGION)),
  ...posts(open(REGION), `${APPLICATION}/logo`, `${APPLICATION}/logo/remove`, `${APPLICATION}/secret/end`),
  ...gets(nothingThere, '/admin/trial/callback', '/logos/:file'),
};

const APPOINTMENT = '/admin/appointments/:sub/:ref';
const DELIVERY = '/admin/deliveries/:delivery';
const REVIEW = '/admin/reviews/:id';
const EMERGENCIES = '/admin/emergencies';
const WEBHOOK = '/admin/webhooks/:webhook';
const settings: Record<string, Row> = {
  ...gets(open(READERS), '/admin', '/admin/figures/:key', '/admin/reference', '/admin/api'),
  ...gets(open('RA'), '/admin/health'),
  ...gets(open('RAa'), '/admin/terms', '/admin/terms/:version'),
  ...pair('/admin/terms/new', open(REGION)),
  ...pair('/admin/terms/:version/date', open(REGION)),
  ...gets(open('RA'), '/admin/means', '/admin/means/:means'),
  ...posts(open(REGION), '/admin/means/:means'),
  ...gets(open('RA'), '/admin/tokens'),
  ...posts(open(REGION), '/admin/tokens', '/admin/tokens/give', '/admin/tokens/take-back'),
  ...gets(open('RACa'), '/admin/rcp'),
  ...gets(nothingThere, '/admin/rcp/:session'),
  ...gets(open('RA'), '/admin/deliveries', DELIVERY),
  ...posts(open(REGION), '/admin/deliveries', DELIVERY),
  ...gets(open(REGION), `${DELIVERY}/drop`, '/admin/mails', '/admin/webhooks', WEBHOOK),
  ...gets(open('-RLCAau'), '/.well-known/ssf-configuration'),
  ...pair('/admin/webhooks/new', open(REGION)),
  ...pair(`${WEBHOOK}/rotate`, open(REGION)),
  ...posts(open(REGION), ...['pause', 'resume', 'test'].map(step => `${WEBHOOK}/${step}`)),
  // The last of its rows: the region deletes it.
  ...pair(`${WEBHOOK}/remove`, open(REGION)),
  ...pair('/admin/mails/:template', open(REGION)),
  ...pair('/admin/mails/sms/:template', open(REGION)),
  ...gets(open('RAa'), '/admin/policies', '/admin/policies/history', '/admin/policies/history/:version'),
  ...pair('/admin/policies/test', open(REGION)),
  ...pair('/admin/policies/reload', open(REGION)),
  ...pair('/admin/policies/decision', open(REGION)),
  ...gets(open(READERS), '/admin/explain'),
  // Which record stands in the form; without it, the question is refused.
  ...pair('/admin/records', open('RA')),
  // Whom it is about stands in the form; without them, the question is refused.
  ...posts(open(READERS), '/admin/explain'),
};

const duties: Record<string, Row> = {
  ...gets(open(READERS), '/admin/reviews', '/admin/appointments'),
  ...pair('/admin/reviews/new', open(REGION)),
  ...gets(within(READERS), REVIEW, `${REVIEW}/report`, `${REVIEW}/report.csv`),
  ...posts(within(GIVERS), REVIEW),
  ...pair(`${REVIEW}/lines/:line/restore`, within(GIVERS)),
  // A use tells of a patient: those who answer for a network as a whole.
  ...gets(open('RA'), EMERGENCIES, `${EMERGENCIES}/statistics`, `${EMERGENCIES}/statistics.:format`),
  ...pair(`${EMERGENCIES}/:use`, nothingThere),
  ...gets(open(REGION), '/admin/appointments/new'),
  // Who is appointed, and where, stand in the form; without them nobody is found.
  ...posts(nothingThere, '/admin/appointments/new'),
  ...gets(nothingThere, '/admin/appointments/blank', `${APPOINTMENT}/form`),
  ...pair(`${APPOINTMENT}/revoke`, nothingThere),
};

const trail: Record<string, Row> = {
  ...gets(open(READERS), '/admin/trail', '/admin/trail/mine', '/admin/trail/records'),
  ...gets(open(READERS), '/admin/trail/csv'),
  ...gets(within(READERS), '/admin/trail/people/:sub', '/admin/trail/people/:sub/csv'),
  // Records belong to no branch: who administers or audits the whole region reads about them.
  ...gets(open('RA'), '/admin/trail/records/:key', '/admin/trail/records/:key/csv'),
  // The whole log tells of every network: none of these audits the other one. `trail-export.test.ts` has who audits both.
  ...pair('/admin/trail/export', open('')),
  ...gets(open(''), '/admin/trail/export/key'),
};

const API = '/admin/api/v1';
const CALLERS = 'rcl';
const WRITERS = 'rc';
const change = (method: string, path: string, row: Row) => ({ [`${method} ${API}${path}`]: row });
const reads = (row: Row, ...paths: readonly string[]) => gets(row, ...paths.map(path => `${API}${path}`));
const ROLE = { network: 'cancerologie', organisation: ':org', profile: 'pharmacien' };
const GRANT = { network: 'cancerologie', organisation: ':org', profile: 'acces_limite' };
/** No picture at all: refused as one, once the branch was judged. */
const PICTURE = ['image/png', 'PNG'] as const;
const LATER = '2030-01-01T00:00:00Z';

const api: Record<string, Row> = {
  [`GET ${API}/openapi.json`]: open('-rclRLCAau'),
  ...reads(
    open(CALLERS),
    '/people',
    '/organisations',
    '/networks',
    '/networks/:id',
    '/networks/:id/notices',
    '/networks/:id/notices/:notice',
    '/applications',
    '/proposals',
  ),
  // `l` reads the whole region.
  ...reads(
    { own: CALLERS, other: 'rl' },
    '/people/:sub',
    '/people/:sub/sessions',
    '/people/:sub/memberships',
    '/people/:sub/memberships/:membership',
    '/people/:sub/delegations',
    '/organisations/:id',
  ),
  ...reads(open('rl'), '/applications/:client_id', '/terms', '/terms/:version'),
  ...reads(nothingThere, '/proposals/:proposal'),
  ...change('DELETE', '/proposals/:proposal', nothingThere),
  ...change(
    'POST',
    '/people',
    within(WRITERS, { given_name: 'Zoé', family_name: 'Neuve', organisation: ':org' }),
  ),
  ...change('PATCH', '/people/:sub', within(WRITERS, { given_name: 'Autre' })),
  ...change('POST', '/people/:sub/enrol', within(WRITERS, { organisation: ':org' })),
  ...change('POST', '/people/:sub/open', within(WRITERS)),
  ...change('POST', '/people/:sub/suspend', within(WRITERS)),
  ...change('POST', '/people/:sub/reactivate', within(WRITERS)),
  ...change('POST', '/people/:sub/close', within(WRITERS)),
  ...change('POST', '/people/:sub/reset-password', within(WRITERS)),
  ...change('POST', '/people/:sub/expire-password', within(WRITERS)),
  ...change('POST', '/people/:sub/reset-factors', within(WRITERS)),
  ...change('POST', '/people/:sub/end-sessions', within(WRITERS)),
  ...change('POST', '/people/:sub/memberships', within(WRITERS, ROLE)),
  ...change('PATCH', '/people/:sub/memberships/:membership', within(WRITERS, { to: LATER })),
  ...change('DELETE', '/people/:sub/memberships/:membership', within(WRITERS)),
  ...change(
    'POST',
    '/memberships/attach',
    within(WRITERS, { national_id: ':rpps', family_name: 'Test', ...ROLE }),
  ),
  ...change('POST', '/people/:sub/delegations', within(WRITERS, { delegate: ':colleague', to: LATER })),
  ...change('DELETE', '/people/:sub/delegations/:delegate', within(WRITERS)),
  ...change('POST', '/organisations', open('r', { id: 'neuf', name: 'Neuf', parent: ':org' })),
  ...change('PATCH', '/organisations/:id', within(WRITERS, { name: 'Autre nom' })),
  ...change('PUT', '/organisations/:id/logo', within(WRITERS, undefined, PICTURE)),
  ...change('DELETE', '/organisations/:id/logo', within(WRITERS)),
  ...change('POST', '/organisations/:id/referents', within(WRITERS, { sub: ':sub' })),
  ...change('DELETE', '/organisations/:id/referents/:sub', within(WRITERS)),
  ...change('POST', '/networks', open('r', { id: 'neuf', name: 'Neuf', regime: 'consentement' })),
  ...change('PATCH', '/networks/:id', open('r', { name: 'Autre nom' })),
  ...change('POST', '/networks/:id/notices', open('r', { version: 'neuve', title: 'Neuve', text: 'Texte.' })),
  ...change('POST', '/networks/:id/validators', open('r', { sub: ':sub' })),
  // No network of this region names any.
  ...change('DELETE', '/networks/:id/validators/:sub', nothingThere),
  ...change(
    'POST',
    '/applications',
    open('r', { client_id: 'neuve', name: 'Neuve', grant_types: ['client_credentials'] }),
  ),
  ...change('PATCH', '/applications/:client_id', open('r', { name: 'Autre nom' })),
  ...change('PUT', '/applications/:client_id/logo', { ...open('r'), file: PICTURE }),
  ...change('DELETE', '/applications/:client_id/logo', open('r')),
  ...change('POST', '/applications/:client_id/rotate-secret', open('r')),
  ...change('POST', '/applications/:client_id/end-previous-secret', open('r')),
  ...change('POST', '/terms', open('r', { version: 'neuve', title: 'Neuve', text: 'Texte.' })),
  ...change('POST', '/terms/:version/postpone', open('r', { from: LATER })),
};

const MEANS_ENTRY = { revision: 0, periods: [] };
const WORDING = {
  revision: 0,
  subject: 'Votre code',
  text: 'Bonjour {givenName}, votre code : {code} ({minutes} min).',
};
const SMS_TEXT = '{regionName} : {code} ({minutes} min).';
const SUBSCRIPTION = { url: 'http://localhost:9/events', events: ['session.ended'] };
const CAMPAIGN = { name: 'Revue', network: 'perinatalite', organisation: 'chu-onco', to: LATER };
const QUESTION = {
  account: ':sub',
  type: 'patient_record',
  id: 'k1',
  action: 'read',
  network: 'cancerologie',
};
/** What belongs to the region as a whole: no application of a branch has its share of it. */
const oversight: Record<string, Row> = {
  ...reads(open('rl'), '/means', '/means/:means', '/mail-templates', '/mail-templates/:template'),
  ...reads(open('rl'), '/sms-templates', '/sms-templates/:template'),
  ...reads(open('rl'), '/policy', '/policy/history', '/policy/history/:version'),
  // A list of nothing, beyond.
  ...reads(open(CALLERS), '/rcp-sessions'),
  ...reads(open('rl'), '/deliveries', '/deliveries/health', '/deliveries/:delivery'),
  ...reads(nothingThere, '/rcp-sessions/:session', '/emergencies/:use'),
  // Which network stands in the query: without it, nobody is judged.
  ...reads(open(CALLERS), '/emergencies', '/emergencies/statistics'),
  ...change('PUT', '/means/:means', open('r', MEANS_ENTRY)),
  ...change('PUT', '/mail-templates/:template', open('r', WORDING)),
  ...change('POST', '/mail-templates/:template/reset', open('r', { revision: 0 })),
  // Reading, in the form of a question.
  ...change('POST', '/mail-templates/:template/preview', open('rl', { subject: 'Objet', text: 'Texte' })),
  ...change('PUT', '/sms-templates/:template', open('r', { revision: 0, text: SMS_TEXT })),
  ...change('POST', '/sms-templates/:template/reset', open('r', { revision: 0 })),
  ...change('POST', '/sms-templates/:template/preview', open('rl', { text: SMS_TEXT })),
  ...change('POST', '/policy/test', open('rl')),
  ...change('POST', '/policy/decision', open('r', QUESTION)),
  ...change('POST', '/deliveries/retry', open('r')),
  ...change('POST', '/deliveries/:delivery/retry', open('r')),
  ...change('DELETE', '/deliveries/:delivery', open('r')),
  ...reads(open(CALLERS), '/reviews'),
  ...reads({ own: CALLERS, other: 'rl' }, ...['', '/lines', '/report'].map(of => `/reviews/:review${of}`)),
  ...change('POST', '/reviews', open('r', CAMPAIGN)),
  ...reads(open(CALLERS), '/requests'),
  ...reads({ own: CALLERS, other: 'rl' }, '/requests/:request'),
  ...change('POST', '/requests/:request/ask', within(WRITERS, { turn: 1, question: 'Où travaillez-vous ?' })),
  ...change('POST', '/requests/:request/note', within(WRITERS, { note: 'Vu' })),
  ...change('POST', '/requests/:request/transfer', within(WRITERS, { turn: 1 })),
  ...change('POST', '/requests/:request/refuse', within(WRITERS, { turn: 1, reason_code: 'identity' })),
  ...change('POST', '/requests/:request/accept', within(WRITERS, { turn: 1, grants: [GRANT] })),
  // The first line is an administrator's of the CHU: the region answers for it.
  ...change('POST', '/reviews/:review/lines/:line/decide', open('r', { choice: 'keep' })),
  ...change('POST', '/reviews/:review/lines/:line/restore', within(WRITERS, { reason: 'Retour' })),
  ...reads(open(CALLERS), '/trail'),
  ...reads({ own: CALLERS, other: 'rl' }, '/trail/people/:sub'),
  ...reads(open('rl'), '/trail/records/:record'),
};

const LIST = ['text/csv', 'Nom;Prénom\nNeuve;Zoé'] as const;
const inOut: Record<string, Row> = {
  ...reads(open(CALLERS), '/appointments'),
  // Who is appointed stands in the query; without it, a call is refused before anybody is looked for.
  ...change('POST', '/appointments', { ...open(WRITERS), file: ['application/pdf', '%PDF-'] }),
  // The membership that is named administers nothing: no appointment.
  ...reads(nothingThere, ...['', '/form'].map(of => `/appointments/:sub/:membership${of}`)),
  ...change('DELETE', '/appointments/:sub/:membership', nothingThere),
  ...reads(open(CALLERS), ...['people', 'organisations', 'networks'].map(name => `/exports/${name}`)),
  ...reads(open('rl'), '/exports/applications'),
  ...reads(open(CALLERS), '/imports', '/imports/template'),
  ...change('POST', '/imports', { ...open(WRITERS), file: LIST }),
  // An import is its author’s alone.
  ...reads(nothingThere, ...['', '/lines', '/report'].map(of => `/imports/:import${of}`)),
  ...change('PUT', '/imports/:import/choices', {
    ...nothingThere,
    body: { choices: [{ line: 2, choice: 'new' }] },
  }),
  ...posts(nothingThere, ...['start', 'stop', 'resume'].map(step => `${API}/imports/:import/${step}`)),
};

// Before the pages, where the region deletes them.
const subscriptions: Record<string, Row> = {
  ...reads(open('rl'), '/webhooks', '/webhooks/:webhook', '/webhooks/:webhook/attempts'),
  ...change('POST', '/webhooks', open('r', SUBSCRIPTION)),
  ...posts(
    open('r'),
    ...['rotate-secret', 'pause', 'resume', 'test'].map(step => `${API}/webhooks/:webhook/${step}`),
  ),
  ...change('DELETE', '/webhooks/:webhook', open('r')),
};

const SCIM = '/scim/v2';
// Changes are of a version that is not the present one (`If-Match`): turned back once the branch was judged.
const scim: Record<string, Row> = {
  ...gets(
    open(WRITERS),
    ...['Users', 'Groups', 'ServiceProviderConfig', 'Schemas', 'ResourceTypes'].map(at => `${SCIM}/${at}`),
  ),
  ...gets(open(WRITERS), `${SCIM}/Schemas/:id`, `${SCIM}/ResourceTypes/:id`),
  ...posts(
    open(WRITERS),
    ...['Users', 'Users/.search', 'Groups', 'Groups/.search', 'Bulk', '.search'].map(at => `${SCIM}/${at}`),
  ),
  ...Object.fromEntries(
    ['GET', 'PUT', 'PATCH', 'DELETE'].flatMap(method =>
      ['Users', 'Groups'].map(kind => [
        `${method} ${SCIM}/${kind}/:id`,
        within(WRITERS, method === 'GET' || method === 'DELETE' ? undefined : {}),
      ]),
    ),
  ),
  [`* ${SCIM}/*rest`]: nothingThere,
};

/** `METHOD path` as the router has them; `*`: whatever the method. */
export const MATRIX: Readonly<Record<string, Row>> = {
  ...people,
  ...requests,
  ...files,
  ...structure,
  ...subscriptions,
  ...inOut,
  ...settings,
  ...duties,
  ...trail,
  ...api,
  ...oversight,
  ...scim,
};
