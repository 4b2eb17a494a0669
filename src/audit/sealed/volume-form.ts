import { z } from 'zod';

/** A volume as it is compressed: the heads of its parts, then their lines column by column. */
export type VolumeForm = z.infer<typeof VolumeFormSchema>;
export type Column = z.infer<typeof ColumnSchema>;

/** Before the name of a data field; alone for an event whose data are empty. */
export const DATA = 'data.';

const Count = z.number().int().nonnegative();
export const GapSchema = z.strictObject({ chain: z.string(), from: Count, to: Count, hash: z.string() });
/** Hundreds of each in a volume: checked by hand, since a schema for each element takes half of the reading. */
const Integers = z.custom<readonly number[]>(
  value => Array.isArray(value) && value.every(item => Number.isInteger(item)),
);
const Values = z.custom<readonly unknown[]>(value => Array.isArray(value));
const ColumnSchema = z.strictObject({ values: Values, indexes: Integers.exactOptional() });

export const VolumeFormSchema = z.strictObject({
  parts: z.array(
    z.union([
      z.strictObject({
        run: z.strictObject({
          chain: z.string(),
          before: z.string(),
          from: Count,
          sizes: z.array(z.number().int().positive()),
        }),
      }),
      z.strictObject({ gap: GapSchema }),
    ]),
  ),
  /** Names of the values of a line, in order and with a space between. */
  shapes: z.array(z.string()),
  shapeOfLine: Integers,
  /** Milliseconds since the line before. */
  steps: Integers,
  /** By name, one value for each line whose shape has it; with `indexes`, each different value once. */
  columns: z.record(z.string(), ColumnSchema),
});
