import { inflateSync } from 'node:zlib';

/** Why a picture is refused. */
export type PictureProblem = 'format' | 'too_many_pixels' | 'broken';

/** What its first bytes say that it is; whatever the file's name and declared type claim. */
export type PictureKind = 'png' | 'jpeg';

/** How large a picture may be to be drawn again, and within what. */
export interface DrawingBounds {
  readonly maxPixels: number;
  readonly maxWidth: number;
  readonly maxHeight: number;
  /** What decoding a JPEG may take. */
  readonly jpegMemoryMiB: number;
}

/** A logo scanned at 300 dpi, with room; decoding stays under a second and 100 MiB. */
export const LOGO_BOUNDS: DrawingBounds = {
  maxPixels: 4_000_000,
  maxWidth: 512,
  maxHeight: 256,
  jpegMemoryMiB: 160,
};
/** A card or a page photographed by a telephone: enough to read it, no more. */
export const PROOF_BOUNDS: DrawingBounds = {
  maxPixels: 16_000_000,
  maxWidth: 1400,
  maxHeight: 1400,
  jpegMemoryMiB: 600,
};

const MAX_SIDE = 8_192;

const PNG_SIGNATURE = Buffer.from('89504e470d0a1a0a', 'hex');

/** PNG and JPEG only: SVG and HTML carry scripts, other formats nobody needs. */
export function kindOf(content: Buffer): PictureKind | undefined {
  if (content.subarray(0, 8).equals(PNG_SIGNATURE)) return 'png';
  if (content[0] === 0xff && content[1] === 0xd8 && content[2] === 0xff) return 'jpeg';
  return undefined;
}

export function areTooMany(
  width: number,
  height: number,
  { maxPixels }: Pick<DrawingBounds, 'maxPixels'>,
): boolean {
  return width > MAX_SIDE || height > MAX_SIDE || width * height > maxPixels;
}

/**
 * Refuses a PNG before its pixels are unfolded. SECURITY: pngjs inflates an interlaced picture without a bound; here it
 * is inflated once with one, so that a bomb costs what an honest picture of the largest size would.
 */
export function problemOfPng(
  content: Buffer,
  bounds: Pick<DrawingBounds, 'maxPixels'>,
): PictureProblem | undefined {
  const header = content.subarray(16, 29);
  if (header.length < 13 || content.toString('latin1', 12, 16) !== 'IHDR') return 'broken';
  const [width, height] = [header.readUInt32BE(0), header.readUInt32BE(4)];
  if (width === 0 || height === 0) return 'broken';
  if (areTooMany(width, height, bounds)) return 'too_many_pixels';
  const packed = packedPixels(content);
  if (!packed) return 'broken';
  // At most four samples of 16 bits a pixel, and one byte a row; an interlaced picture has up to twice the rows.
  const most = width * height * 8 + 2 * height + 64;
  try {
    inflateSync(packed, { maxOutputLength: most });
    return undefined;
  } catch {
    return 'broken';
  }
}

/** The contents of the IDAT chunks, or `null` for chunks that do not follow one another. */
function packedPixels(content: Buffer): Buffer | null {
  const parts: Buffer[] = [];
  let at = PNG_SIGNATURE.length;
  while (at + 12 <= content.length) {
    const length = content.readUInt32BE(at);
    const type = content.toString('latin1', at + 4, at + 8);
    const end = at + 8 + length;
    if (end + 4 > content.length) return null;
    if (type === 'IDAT') parts.push(content.subarray(at + 8, end));
    if (type === 'IEND') break;
    at = end + 4;
  }
  return parts.length > 0 ? Buffer.concat(parts) : null;
}
