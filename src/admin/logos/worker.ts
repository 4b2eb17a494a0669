/** Decodes and draws one picture again, beside the event loop; ends with it. */
import { parentPort, workerData } from 'node:worker_threads';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { areTooMany, kindOf, MAX_MEGAPIXELS, problemOfPng, type PictureProblem } from './bounds.ts';
import { fitWithin, type Picture } from './resize.ts';

export type Drawn =
  | { readonly png: Uint8Array; readonly width: number; readonly height: number }
  | { readonly problem: PictureProblem };

const MAX_WIDTH = 512;
const MAX_HEIGHT = 256;
const JPEG_MEMORY_MIB = 160;

function decode(content: Buffer): Picture | PictureProblem {
  const kind = kindOf(content);
  if (kind === undefined) return 'format';
  if (kind === 'png') return problemOfPng(content) ?? PNG.sync.read(content);
  const picture = jpeg.decode(content, {
    useTArray: true,
    maxResolutionInMP: MAX_MEGAPIXELS,
    maxMemoryUsageInMB: JPEG_MEMORY_MIB,
  });
  return areTooMany(picture.width, picture.height) ? 'too_many_pixels' : picture;
}

function draw(content: Buffer): Drawn {
  try {
    const picture = decode(content);
    if (typeof picture === 'string') return { problem: picture };
    const { width, height, data } = fitWithin(picture, MAX_WIDTH, MAX_HEIGHT);
    const image = new PNG({ width, height });
    image.data = Buffer.from(data);
    return { png: PNG.sync.write(image), width, height };
  } catch (error) {
    // jpeg-js says its bounds in words only.
    return {
      problem: /^max(?:Resolution|Memory)/u.test(String((error as Error).message))
        ? 'too_many_pixels'
        : 'broken',
    };
  }
}

parentPort?.postMessage(draw(Buffer.from(workerData as Uint8Array)));
