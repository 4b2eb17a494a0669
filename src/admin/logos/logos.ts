import { createHash } from 'node:crypto';
import { Worker } from 'node:worker_threads';
import { AppError, type Clock } from '#kernel/index.ts';
import type { CollectionSpec, Doc, Store } from '#store/index.ts';
import { LOGO_BOUNDS, PROOF_BOUNDS, type PictureProblem } from './bounds.ts';
import type { DrawingTask, Drawn } from './worker.ts';

/** A logo as it is served: drawn by us, named by its content. `id`: SHA-256 in hexadecimal. */
export interface Logo extends Doc {
  /** PNG, in base64. */
  readonly png: string;
  readonly width: number;
  readonly height: number;
  readonly addedAtMs: number;
}

const logosSpec: CollectionSpec<Logo> = { name: 'logos', version: 1, indexes: {} };

/** The largest file that is taken. */
export const MAX_LOGO_BYTES = 1024 * 1024;

export interface Logos {
  /**
   * Decodes the picture and draws it again as PNG within 512 × 256, in a worker: nothing of the file itself is kept.
   * Writes nothing. Judged by the content alone: PNG or JPEG, at most 1 MiB and 4 million pixels. Throws
   * `admin.pictures_busy` (503) when too many wait.
   */
  draw(content: Buffer): Promise<Logo | PictureProblem>;
  /**
   * The same for a photograph of a document, within 1,400 × 1,400 and of at most 16 million pixels: resolves to a PNG
   * that is kept nowhere. Throws `admin.pictures_busy` (503).
   */
  drawProof(content: Buffer): Promise<Uint8Array | PictureProblem>;
  /** Keeps what `draw` made. Idempotent. */
  keep(logo: Logo): Promise<void>;
  get(id: string): Promise<Logo | null>;
}

/** No honest picture within the bounds takes that long. */
const DRAWING_MS = 10_000;
/** Drawings are done one after the other: each may take hundreds of MiB while it lasts. */
const MOST_WAITING = 8;
const HEAP_MIB = 256;

export function createLogos({ store, clock }: { readonly store: Store; readonly clock: Clock }): Logos {
  const collection = store.collection(logosSpec);
  let last: Promise<unknown> = Promise.resolve();
  let waiting = 0;

  function inTurn(work: () => Promise<Drawn>): Promise<Drawn> {
    if (waiting >= MOST_WAITING) throw busy();
    waiting += 1;
    const mine = last.then(work).finally(() => (waiting -= 1));
    last = mine.catch(() => undefined);
    return mine;
  }

  return {
    async draw(content) {
      if (content.byteLength > MAX_LOGO_BYTES) return 'too_many_pixels';
      const drawn = await inTurn(() => drawApart({ content, bounds: LOGO_BOUNDS }));
      if ('problem' in drawn) return drawn.problem;
      const { png, width, height } = drawn;
      const id = createHash('sha256').update(png).digest('hex');
      return { id, png: Buffer.from(png).toString('base64'), width, height, addedAtMs: clock.nowMs() };
    },
    async drawProof(content) {
      const drawn = await inTurn(() => drawApart({ content, bounds: PROOF_BOUNDS }));
      return 'problem' in drawn ? drawn.problem : drawn.png;
    },
    keep: logo => collection.put(logo),
    get: id => collection.get(id),
  };
}

function drawApart(task: DrawingTask): Promise<Drawn> {
  return new Promise(resolve => {
    const worker = new Worker(new URL('./worker.ts', import.meta.url), {
      workerData: task,
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    const settle = (drawn: Drawn) => {
      clearTimeout(timer);
      resolve(drawn);
      void worker.terminate();
    };
    // SECURITY: whatever a decoder does with a wicked picture, it ends here, and only that picture is refused.
    const timer = setTimeout(() => settle({ problem: 'broken' }), DRAWING_MS);
    worker.once('message', settle);
    worker.once('error', () => settle({ problem: 'broken' }));
    worker.once('exit', () => settle({ problem: 'broken' }));
  });
}

function busy(): AppError {
  return new AppError({
    code: 'admin.pictures_busy',
    status: 503,
    publicMessage: 'Trop d’images sont en cours de lecture.',
    hint: 'Recommencez dans un instant.',
  });
}
