/** Decodes and draws one picture again, beside the event loop; ends with it. */
import { parentPort, workerData } from 'node:worker_threads';
import jpeg from 'jpeg-js';
import { PNG } from 'pngjs';
import { areTooMany, kindOf, problemOfPng, type DrawingBounds, type PictureProblem } from './bounds.ts';
import { fitWithin, type Picture } from './resize.ts';

export type Drawn =
  | { readonly png: Uint8Array; readonly width: number; readonly height: number }
  | { readonly problem: PictureProblem };

/** What the worker is given. */
export interface DrawingTask {
  readonly content: Uint8Array;
  readonly bounds: DrawingBounds;
}

function decode(content: Buffer, bounds: DrawingBounds): Picture | PictureProblem {
  const kind = kindOf(content);
  if (kind === undefined) return 'format';
  if (kind === 'png') return problemOfPng(content, bounds) ?? PNG.sync.read(content);
  const picture = jpeg.decode(content, {
    useTArray: true,
    maxResolutionInMP: bounds.maxPixels / 1_000_000,
    maxMemoryUsageInMB: bounds.jpegMemoryMiB,
  });
  return areTooMany(picture.width, picture.height, bounds) ? 'too_many_pixels' : picture;
}

function draw(content: Buffer, bounds: DrawingBounds): Drawn {
  try {
    const picture = decode(content, bounds);
    if (typeof picture === 'string') return { problem: picture };
    const { width, height, data } = fitWithin(picture, bounds.maxWidth, bounds.maxHeight);
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

const { content, bounds } = workerData as DrawingTask;
parentPort?.postMessage(draw(Buffer.from(content), bounds));
