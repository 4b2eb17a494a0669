// A proof of work while the règlement is read: it only lets a browser begin more requests from a shared address.
const form = document.querySelector('form[data-work]');
const PAUSE_EVERY = 256;

async function isWork(challenge, work, bits) {
  const bytes = new TextEncoder().encode(`${challenge}:${work}`);
  const hash = new DataView(await crypto.subtle.digest('SHA-256', bytes));
  return hash.getUint32(0) >>> (32 - bits) === 0;
}

async function solve({ work: challenge, bits }) {
  for (let work = 0; ; work += 1) {
    if (await isWork(challenge, work, Number(bits))) return String(work);
    // The page stays quick under the fingers.
    if (work % PAUSE_EVERY === 0) await new Promise(resolve => setTimeout(resolve));
  }
}

// Outside a secure context there is no subtle crypto, and the form works as without scripts.
if (form && globalThis.crypto?.subtle)
  form.elements.namedItem('work').value = await solve(form.dataset);
