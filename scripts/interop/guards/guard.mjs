/**
 * The back end of docs/integrer-une-application.md in Node, without any library: a record is answered only when
 * Trousseau permits it. Usage: TROUSSEAU_URL=… CLIENT_ID=… CLIENT_SECRET=… PORT=… node guard.mjs
 */
import { createServer } from 'node:http';

const { TROUSSEAU_URL, CLIENT_ID, CLIENT_SECRET, PORT } = process.env;
const CREDENTIALS = Buffer.from(`${CLIENT_ID}:${CLIENT_SECRET}`).toString('base64');
const TIMEOUT_MS = 5_000;

/** What Trousseau says, or `null` when it says nothing that is understood. */
async function ask(account, sid, action, patientKey) {
  try {
    const answer = await fetch(`${TROUSSEAU_URL}/access/v1/evaluation`, {
      method: 'POST',
      headers: { Authorization: `Basic ${CREDENTIALS}`, 'Content-Type': 'application/json' },
      body: JSON.stringify({
        subject: { type: 'account', id: account },
        action: { name: action },
        resource: { type: 'patient_record', id: patientKey },
        context: { sid },
      }),
      signal: AbortSignal.timeout(TIMEOUT_MS),
    });
    return answer.status === 200 ? await answer.json() : null;
  } catch {
    return null;
  }
}

const server = createServer(async (request, response) => {
  const send = (status, body, headers = {}) => {
    response.writeHead(status, {
      'Content-Type': 'application/json; charset=utf-8',
      'Cache-Control': 'no-store',
      ...headers,
    });
    response.end(JSON.stringify(body));
  };
  const patientKey = /^\/dossiers\/([A-Za-z0-9_-]{1,128})$/.exec(request.url ?? '')?.[1];
  if (request.method !== 'GET' || !patientKey) return send(404, { message: 'Rien ici.' });
  // In your application both come from your own session, as the ID token gave them: never from the browser.
  const { 'x-account': account = '', 'x-sid': sid = '' } = request.headers;
  const decision = await ask(account, sid, 'read', patientKey);
  if (decision === null) return send(503, { message: 'Les droits ne peuvent pas être vérifiés. Réessayez.' });
  if (decision.decision === true) return send(200, { dossier: patientKey });
  const { reason_user: reason, acr_values: levels } = decision.context ?? {};
  const message = reason?.fr ?? 'Accès refusé.';
  if (!levels) return send(403, { message });
  // RFC 9470: your front end sends the person to sign in again at that level, then comes back.
  const challenge = `Bearer error="insufficient_user_authentication", acr_values="${levels.join(' ')}"`;
  return send(401, { message }, { 'WWW-Authenticate': challenge });
});

server.listen(Number(PORT), '127.0.0.1', () => console.log('ready'));
