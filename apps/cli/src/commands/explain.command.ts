import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { type CallStory, explainCall } from '../output/explain-call.ts';
import type { AddCommand } from '../run.ts';

/** `explain`: everything on record of one call. */
export const addExplain: AddCommand = (program, context, done) => {
  remoteCommand(program.command('explain <call>'))
    .description('one call: every guard, its verdict, the rules, the approval, the outcome')
    .option('--tenant <tenant>', 'where several tenants are on record')
    .action(async function explain(call: string, options: RemoteOptions & { tenant?: string }) {
      const { client, output } = await remote(context, options);
      const id = call.replace(/^call\//, '').toUpperCase();
      const story = await client.get<CallStory>(`/calls/${encodeURIComponent(id)}`, { tenant: options.tenant });
      if (output.json) output.value(story);
      else explainCall(story, output);
      done(exitCodes.ok);
    });
};
