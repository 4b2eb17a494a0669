import { isAppError } from '#kernel/index.ts';
import { readRegionFile, type RegionDocument } from './document.ts';

/**
 * What cannot be read of a region file and of the files that its rows name in a field `file`; empty when all can.
 * Does not look at the rows otherwise: `import --dry-run` does.
 */
export async function findUnreadable(file: string): Promise<readonly string[]> {
  let document: RegionDocument;
  try {
    document = await readRegionFile(file);
  } catch (error) {
    return [reasonOf(error)];
  }
  const problems: string[] = [];
  for (const [key, rows] of Object.entries(document.parts)) {
    if (!Array.isArray(rows)) continue;
    for (const [n, row] of rows.entries()) {
      const named = fileOf(row);
      if (named === undefined) continue;
      try {
        await document.readText(named);
      } catch (error) {
        problems.push(`${key}[${n}].file: ${reasonOf(error)}`);
      }
    }
  }
  return problems;
}

function fileOf(row: unknown): string | undefined {
  const named = row !== null && typeof row === 'object' && 'file' in row ? row.file : undefined;
  return typeof named === 'string' ? named : undefined;
}

function reasonOf(error: unknown): string {
  if (isAppError(error) && error.detail !== undefined) return error.detail;
  throw error;
}
