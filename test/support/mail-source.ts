/** SPEC: RFC 2045 §6.7 and RFC 2047 are for machines: what a person reads of the plain part of a mail. */
export function plainTextOf(raw: string): string {
  const [, encoding = '7bit', body = ''] =
    /Content-Type: text\/plain[^]*?Content-Transfer-Encoding: (\S+)\r\n[^]*?\r\n\r\n([^]*?)\r\n--/u.exec(
      raw,
    ) ?? [];
  return decode(encoding, body).replaceAll('\r\n', '\n');
}

function decode(encoding: string, body: string): string {
  if (encoding === 'base64') return Buffer.from(body, 'base64').toString('utf8');
  if (encoding !== 'quoted-printable') return body;
  const bytes = body
    .replace(/=\r\n/gu, '')
    .replace(/=([\dA-F]{2})/gu, (_all, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)));
  return Buffer.from(bytes, 'latin1').toString('utf8');
}
