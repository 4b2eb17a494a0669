/** A line of a text that has changed. */
export interface DifferenceLine {
  readonly kind: 'added' | 'removed' | 'same';
  readonly text: string;
}

/** Lines of unchanged text that stay around a change. */
const AROUND = 2;
/** Beyond, comparing line by line costs more than it tells: the rules are some hundred lines. */
const MOST_LINES = 2_000;

/** What changed between two texts, line by line, with a little of what surrounds it; empty when they are the same. */
export function differenceOf(before: string, after: string): readonly DifferenceLine[] {
  if (before === after) return [];
  const [was, is] = [before.split(/\r?\n/u), after.split(/\r?\n/u)];
  const lines =
    was.length > MOST_LINES || is.length > MOST_LINES
      ? [...was.map(text => line('removed', text)), ...is.map(text => line('added', text))]
      : compare(was, is);
  return lines.filter((_line, index) =>
    lines.slice(Math.max(0, index - AROUND), index + AROUND + 1).some(({ kind }) => kind !== 'same'),
  );
}

const line = (kind: DifferenceLine['kind'], text: string): DifferenceLine => ({ kind, text });

/** Along the longest common subsequence. */
function compare(was: readonly string[], is: readonly string[]): DifferenceLine[] {
  const width = is.length + 1;
  const common = new Uint16Array((was.length + 1) * width);
  const at = (i: number, j: number) => common[i * width + j] ?? 0;
  for (let i = was.length - 1; i >= 0; i--)
    for (let j = is.length - 1; j >= 0; j--)
      common[i * width + j] = was[i] === is[j] ? at(i + 1, j + 1) + 1 : Math.max(at(i + 1, j), at(i, j + 1));
  const lines: DifferenceLine[] = [];
  let [i, j] = [0, 0];
  while (i < was.length || j < is.length) {
    const [old, now] = [was[i], is[j]];
    if (old !== undefined && old === now) {
      lines.push(line('same', old));
      i += 1;
      j += 1;
    } else if (old !== undefined && (now === undefined || at(i + 1, j) >= at(i, j + 1))) {
      lines.push(line('removed', old));
      i += 1;
    } else {
      lines.push(line('added', now ?? ''));
      j += 1;
    }
  }
  return lines;
}
