import { PNG } from 'pngjs';

/** A real PNG of that size, in colours that vary. */
export function pngOf(width: number, height: number, shade = 90): Buffer {
  const image = new PNG({ width, height });
  for (let at = 0; at < image.data.length; at += 4) {
    image.data[at] = (at / 4) % 256;
    image.data[at + 1] = shade;
    image.data[at + 2] = (at / 400) % 256;
    image.data[at + 3] = 255;
  }
  return PNG.sync.write(image);
}
