/** `LE GOFF` → `Le Goff`, `JEAN-PIERRE` → `Jean-Pierre`: the registers write in capitals, people do not. */
export function inNameCase(name: string): string {
  if (name !== name.toLocaleUpperCase('fr')) return name;
  return name
    .toLocaleLowerCase('fr')
    .replace(/(?<=^|[\s'’-])\p{L}/gu, letter => letter.toLocaleUpperCase('fr'));
}
