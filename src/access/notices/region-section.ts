import { z } from 'zod';
import { findUnknown, instantRow, type RegionSection, type RowPlan } from '#directory/index.ts';
import { planText, textRowFields, textRowRule, type NewText } from '#texts/index.ts';
import type { Notices } from './register.ts';

const noticeRow = z
  .strictObject({ ...textRowFields, network: z.string().min(1).max(128) })
  .refine(...textRowRule);

type NoticeRow = z.output<typeof noticeRow>;

/** The key `notices` of the region file. */
export function noticesSection(notices: Notices): RegionSection<NoticeRow> {
  return {
    key: 'notices',
    after: ['networks'],
    schema: noticeRow,
    idOf: ({ network, version }) => `${network}/${version}`,
    // The text may stand in a file of its own: the row alone does not tell whether it changed.
    fingerprintOf: () => undefined,
    has: async id => {
      const [network = '', ...version] = id.split('/');
      return (await notices.get(network, version.join('/'))) !== null;
    },
    async plan({ network, version, ...row }, context): Promise<RowPlan> {
      const reason = await findUnknown(context, [['networks', 'network', network]]);
      if (reason !== undefined) return { outcome: 'refuse', reason };
      const put = (told: NewText) => notices.put({ network, version, ...told });
      return planText(row, await notices.get(network, version), put, context);
    },
    async *rows() {
      for (const { network, version, title, text, fromMs } of await notices.all())
        yield { network, version, title, text, from: instantRow(fromMs) };
    },
  };
}
