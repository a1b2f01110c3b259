import { callOf } from '../client/references.ts';
import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { type CallStory, explainCall } from '../output/explain-call.ts';
import type { AddCommand } from '../run.ts';

/** `explain`: everything on record of one call. */
export const addExplain: AddCommand = (program, context, done) => {
  remoteCommand(program.command('explain <reference>'))
    .description(
      'one call, by its reference or that of its approval: every guard, its verdict, the rules, the approval, the outcome',
    )
    .option('--tenant <tenant>', 'where several tenants are on record')
    .action(async function explain(reference: string, options: RemoteOptions & { tenant?: string }) {
      const { client, output } = await remote(context, options);
      const id = await callOf(client, reference);
      const story = await client.get<CallStory>(`/calls/${encodeURIComponent(id)}`, { tenant: options.tenant });
      if (output.json) output.value(story);
      else explainCall(story, output);
      done(exitCodes.ok);
    });
};
