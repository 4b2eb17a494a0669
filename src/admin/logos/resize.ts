/** Pixels, four bytes each: red, green, blue, opacity. */
export interface Picture {
  readonly width: number;
  readonly height: number;
  readonly data: Uint8Array;
}

/** The same picture within `maxWidth` × `maxHeight`, its proportions kept; never enlarged. */
export function fitWithin(picture: Picture, maxWidth: number, maxHeight: number): Picture {
  const scale = Math.min(1, maxWidth / picture.width, maxHeight / picture.height);
  if (scale === 1) return picture;
  const width = Math.max(1, Math.round(picture.width * scale));
  const height = Math.max(1, Math.round(picture.height * scale));
  const data = new Uint8Array(width * height * 4);
  for (let y = 0; y < height; y += 1) {
    const [top, bottom] = spanOf(y, height, picture.height);
    for (let x = 0; x < width; x += 1) {
      const [left, right] = spanOf(x, width, picture.width);
      data.set(averageOf(picture, left, right, top, bottom), (y * width + x) * 4);
    }
  }
  return { width, height, data };
}

/** The rows or columns of the original that one of the result stands for: at least one. */
function spanOf(at: number, size: number, originalSize: number): readonly [from: number, to: number] {
  const from = Math.floor((at * originalSize) / size);
  return [from, Math.max(from + 1, Math.floor(((at + 1) * originalSize) / size))];
}

/** Colours count by their opacity: what is transparent lends its neighbours no hue. */
function averageOf(
  { width, data }: Picture,
  left: number,
  right: number,
  top: number,
  bottom: number,
): readonly [number, number, number, number] {
  let [red, green, blue, opacity] = [0, 0, 0, 0];
  for (let y = top; y < bottom; y += 1) {
    for (let x = left; x < right; x += 1) {
      const at = (y * width + x) * 4;
      const alpha = data[at + 3] ?? 0;
      red += (data[at] ?? 0) * alpha;
      green += (data[at + 1] ?? 0) * alpha;
      blue += (data[at + 2] ?? 0) * alpha;
      opacity += alpha;
    }
  }
  if (opacity === 0) return [0, 0, 0, 0];
  const pixels = (right - left) * (bottom - top);
  return [
    Math.round(red / opacity),
    Math.round(green / opacity),
    Math.round(blue / opacity),
    Math.round(opacity / pixels),
  ];
}
