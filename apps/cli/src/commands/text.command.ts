import { remote, remoteCommand, type RemoteOptions } from '../context.ts';
import { exitCodes } from '../failure.ts';
import { printableLines } from '../output/printable.ts';
import type { AddCommand } from '../run.ts';

interface KeptText {
  readonly digest: string;
  readonly text: string;
}

/** `text`: what was in force, by the digest that events name. */
export const addText: AddCommand = (program, context, done) => {
  remoteCommand(program.command('text <digest>'))
    .description('the policy set, configuration or definition that was in force, by the digest that events name')
    .action(async function showText(digest: string, options: RemoteOptions) {
      const { client, output } = await remote(context, options);
      const kept = await client.get<KeptText>(`/texts/${encodeURIComponent(digest)}`);
      if (output.json) output.value(kept);
      else for (const text of readable(kept.text)) output.line(printableLines(text.trimEnd()));
      done(exitCodes.ok);
    });
};

/** A policy set is a JSON array of its texts; a definition is canonical JSON; a configuration is what it is. */
function readable(text: string): readonly string[] {
  if (!/^[[{]/.test(text)) return [text];
  try {
    const value: unknown = JSON.parse(text);
    return Array.isArray(value) ? value.map(String) : [JSON.stringify(value, null, 2)];
  } catch {
    return [text];
  }
}
