/** The address of a connection, an IPv4 one as itself where an IPv6 socket has taken it; `''` for none. */
export function plainAddress(address = ''): string {
  return address.replace(/^::ffff:(?=\d+\.)/u, '');
}
