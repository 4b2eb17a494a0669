import { DONE, type Command } from './command.ts';
import { withApp } from './import.ts';

export const exportRegion: Command = context =>
  withApp(context, async ({ region }) => {
    context.output.out(JSON.stringify(await region.exportDocument(), null, 2));
    return DONE;
  });
