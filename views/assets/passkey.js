/*
 * Passkeys: hands what the server asks for to the browser, and its answer to the form. The page works without this file
 * as far as it can: it then says what to do instead. Nothing is decided here.
 */

const base64urlOf = buffer =>
  btoa(String.fromCharCode(...new Uint8Array(buffer)))
    .replaceAll('+', '-')
    .replaceAll('/', '_')
    .replace(/=+$/u, '');
const bytesOf = text =>
  Uint8Array.from(atob(text.replaceAll('-', '+').replaceAll('_', '/')), character => character.charCodeAt(0));
const keysOf = list => (list ?? []).map(key => ({ ...key, id: bytesOf(key.id) }));

// Written out here: the browser's own `parse…FromJSON` and `toJSON` are missing from those of hospitals for years yet.
async function sign({ challenge, allowCredentials, ...options }) {
  const publicKey = { ...options, challenge: bytesOf(challenge), allowCredentials: keysOf(allowCredentials) };
  const { id, type, response } = await navigator.credentials.get({ publicKey });
  const { clientDataJSON, authenticatorData, signature, userHandle } = response;
  const isNamed = userHandle?.byteLength > 0;
  return {
    id,
    type,
    response: {
      clientDataJSON: base64urlOf(clientDataJSON),
      authenticatorData: base64urlOf(authenticatorData),
      signature: base64urlOf(signature),
      ...(isNamed ? { userHandle: base64urlOf(userHandle) } : {}),
    },
  };
}

async function create({ challenge, user, excludeCredentials, ...options }) {
  const publicKey = {
    ...options,
    challenge: bytesOf(challenge),
    user: { ...user, id: bytesOf(user.id) },
    excludeCredentials: keysOf(excludeCredentials),
  };
  const { id, type, response } = await navigator.credentials.create({ publicKey });
  return {
    id,
    type,
    response: {
      clientDataJSON: base64urlOf(response.clientDataJSON),
      attestationObject: base64urlOf(response.attestationObject),
      transports: response.getTransports?.() ?? [],
    },
  };
}

for (const field of document.querySelectorAll('input[data-passkey]')) {
  const { form } = field;
  const button = form?.querySelector('#continue');
  const said = form?.querySelector('[data-passkey-said]');
  if (!button || !said) continue;
  const say = name => {
    for (const message of said.children) message.hidden = message.dataset.when !== name;
  };
  if (!window.PublicKeyCredential) {
    say('unsupported');
    button.disabled = true;
    continue;
  }

  async function answer() {
    if (button.disabled || !form.reportValidity()) return;
    button.disabled = true;
    say('waiting');
    try {
      const ceremony = field.dataset.passkey === 'create' ? create : sign;
      field.value = JSON.stringify(await ceremony(JSON.parse(field.dataset.options)));
      form.requestSubmit();
    } catch (error) {
      // « InvalidStateError »: this authenticator has one already. Everything else looks alike, so that no site learns more.
      say(error.name === 'InvalidStateError' ? 'known' : 'cancelled');
    } finally {
      button.disabled = false;
    }
  }

  button.addEventListener('click', event => {
    event.preventDefault();
    answer();
  });
  // Whoever has just pressed « Clé d’accès » need not press again; after a refusal they decide.
  if (field.dataset.now === 'yes') answer();
}
