/** `claire.dupont@chu.example` → `c•••@c•••.example`: enough to recognise one's own address, too little to learn another's. */
export function maskEmail(email: string): string {
  const at = email.lastIndexOf('@');
  const host = email.slice(at + 1);
  const dot = host.lastIndexOf('.');
  return `${email.slice(0, 1)}•••@${host.slice(0, 1)}•••${dot > 0 ? host.slice(dot) : ''}`;
}

/** `+33612345678` → `•••• 78`: the last two digits, as people know their own number. */
export function maskPhone(number: string): string {
  return `•••• ${number.slice(-2)}`;
}
