/* Progressive enhancement: every page works without this file. It reads only what the server wrote in data attributes. */

/** « Afficher » beside a password. */
for (const button of document.querySelectorAll('[data-reveal]')) {
  const input = button.closest('.field')?.querySelector('input');
  const word = button.querySelector('span');
  if (!input || !word) continue;
  button.hidden = false;
  const show = isShown => {
    input.type = isShown ? 'text' : 'password';
    word.textContent = isShown ? 'Masquer' : 'Afficher';
    button.setAttribute('aria-pressed', String(isShown));
  };
  button.addEventListener('click', () => show(input.type === 'password'));
  // Nothing shown is kept by the browser's own memory of fields.
  input.form?.addEventListener('submit', () => show(false));
}

/** What was refused is where one goes on, unless the page has chosen another place. */
if (!document.querySelector('[autofocus]')) document.querySelector('main [aria-invalid="true"]')?.focus();

/** A second click does not send a form twice. The browser's back button gives the form back. */
for (const form of document.querySelectorAll('form[method="post"]')) {
  let isSent = false;
  form.addEventListener('submit', event => {
    if (isSent) event.preventDefault();
    isSent = true;
  });
  window.addEventListener('pageshow', () => {
    isSent = false;
  });
}

/** The rules of a new password, ticked as one types, and how well it would resist. Only the server decides. */
for (const rules of document.querySelectorAll('.rules')) {
  const input = rules.closest('form')?.querySelector('input[name="new_password"]');
  const strength = rules.querySelector('[data-strength]');
  if (!input || !strength) continue;
  const tests = {
    length: (password, least) => [...password].length >= Number(least),
    letter: password => /\p{L}/u.test(password),
    digit: password => /\p{Nd}/u.test(password),
    special: password => /[^\p{L}\p{N}]/u.test(password),
  };
  /** Bits if each sign were drawn by lot among its kind; a sign that comes again counts half. */
  const bitsOf = password => {
    const kinds = [[/[a-z]/, 26], [/[A-Z]/, 26], [/\d/, 10], [/[^\w]|_/, 30]];
    const size = kinds.reduce((sum, [kind, count]) => sum + (kind.test(password) ? count : 0), 0) || 1;
    const signs = [...password];
    const fresh = new Set(signs).size;
    return (fresh + (signs.length - fresh) / 2) * Math.log2(size);
  };
  const wordOf = bits => (bits < 40 ? 'faible' : bits < 60 ? 'moyenne' : bits < 80 ? 'bonne' : 'très bonne');
  input.addEventListener('input', () => {
    const password = input.value.normalize('NFKC');
    const ruled = [...rules.querySelectorAll('li[data-check]')].map(rule => {
      const [name, value] = rule.dataset.check.split(':');
      const isMet = tests[name]?.(password, value) ?? false;
      rule.dataset.state = password === '' ? 'open' : isMet ? 'met' : 'unmet';
      rule.querySelector('span').textContent = password === '' ? '' : isMet ? ' (respectée)' : ' (non respectée)';
      return isMet;
    });
    const word = ruled.every(Boolean) ? wordOf(bitsOf(password)) : 'insuffisante';
    strength.hidden = password === '';
    const said = strength.querySelector('strong');
    // A reader of the screen hears it when it changes, not at every key.
    if (said.textContent !== word) said.textContent = word;
  });
}

/** The password that we propose, into both fields, visible. */
for (const box of document.querySelectorAll('[data-suggestion]')) {
  const button = box.querySelector('[data-use-suggestion]');
  if (!button) continue;
  button.hidden = false;
  button.addEventListener('click', () => {
    const fields = [...document.querySelectorAll('input[name="new_password"], input[name="new_password_repeat"]')];
    for (const input of fields) {
      input.value = box.dataset.suggestion ?? '';
      input.dispatchEvent(new Event('input'));
    }
    const reveal = fields[0]?.closest('.field')?.querySelector('[data-reveal][aria-pressed="false"]');
    reveal?.click();
    fields[0]?.focus();
  });
}

for (const button of document.querySelectorAll('[data-print]')) {
  button.hidden = false;
  button.addEventListener('click', () => window.print());
}

/** A new code can be asked for after a while: until then the button says so. */
for (const box of document.querySelectorAll('[data-resend]')) {
  const button = box.querySelector('button[name="resend"], button[value="resend"]');
  const wait = box.querySelector('[data-resend-wait]');
  const endsAt = performance.now() + Number(box.dataset.resend) * 1000;
  if (!button || !wait) continue;
  const tick = () => {
    const left = Math.ceil((endsAt - performance.now()) / 1000);
    button.disabled = left > 0;
    wait.textContent = left > 0 ? ` dans ${left}\u00a0s` : '';
    if (left > 0) setTimeout(tick, 1000);
  };
  tick();
}

/** The application has already asked: the form of the sign-out page goes by itself. */
const automatic = document.querySelector('form[data-autosubmit]');
if (automatic) automatic.requestSubmit(automatic.querySelector('#continue'));

/** A dialog five minutes before the session ends, and the way to stay. */
const WARN_MS = 5 * 60_000;
for (const box of document.querySelectorAll('[data-session-left-ms]')) {
  const dialog = box.querySelector('dialog');
  const left = box.querySelector('[data-session-left]');
  const stay = box.querySelector('[data-stay]');
  // Counted from here on: the device's clock may be wrong.
  let endsAtMs = Date.now() + Number(box.dataset.sessionLeftMs);
  let isDismissed = false;
  if (!dialog || !left) continue;

  const watch = () => {
    const leftMs = endsAtMs - Date.now();
    if (leftMs <= 0) return window.location.reload();
    const minutes = Math.ceil(leftMs / 60_000);
    left.textContent = minutes > 1 ? `${minutes} minutes` : 'moins d’une minute';
    if (leftMs <= WARN_MS && !isDismissed && !dialog.open) dialog.showModal();
    setTimeout(watch, Math.max(1_000, Math.min(leftMs - WARN_MS, 15_000)));
  };
  dialog.addEventListener('close', () => {
    isDismissed = true;
  });
  box.querySelector('[data-close]')?.addEventListener('click', () => dialog.close());
  stay?.closest('form')?.addEventListener('submit', async event => {
    event.preventDefault();
    const form = event.target;
    try {
      const answer = await fetch(form.action, {
        method: 'POST',
        headers: { Accept: 'application/json' },
        body: new URLSearchParams(new FormData(form)),
      });
      if (!answer.ok) throw new Error(String(answer.status));
      endsAtMs = Date.now() + (await answer.json()).leftMs;
      dialog.close();
      isDismissed = false;
    } catch {
      window.location.reload();
    }
  });
  watch();
}
