/*
 * Addresses as a page of administration shows them: enough to recognise one that is known, too little to learn it.
 */

/** `claire.dupont@chu.example` → `c•••@chu.example`: the domain tells which mail server fails. */
export function maskAddress(address: string): string {
  const at = address.lastIndexOf('@');
  return at < 1 ? '•••' : `${address.slice(0, 1)}•••${address.slice(at)}`;
}

/** `+33612345678` → `+33•••78`. */
export function maskNumber(number: string): string {
  return `${number.slice(0, 3)}•••${number.slice(-2)}`;
}
