import type { Finding } from '@sallyport/contracts';
import type { Definitions, UnusableTool } from '@sallyport/definitions';
import type { Logger } from '@sallyport/service';
import { commandText, type PrintCommand, shellWord } from '@sallyport/service/command';
import { aboutFile, type FileProblem, type LoadedConfig } from '@sallyport/config';

function hintOf({ upstream, kind, tool }: UnusableTool, command: PrintCommand): string {
  const show = command(`definitions show ${shellWord(`${upstream}/${tool}`)}`);
  return `Change it in upstreams.${upstream}.${kind}s, or in the section that the problem names; \`${show}\` prints the schema.`;
}

/**
 * What the configuration says of approved tools that their schemas don't have: no configuration to start with. A tool that nobody
 * approved yet is no reason not to start, since then its upstream could keep us from it; it is not served.
 */
export function configuredProblems(definitions: Definitions, { file }: LoadedConfig): readonly FileProblem[] {
  const command: PrintCommand = (text) => commandText(text, { config: file });
  return definitions
    .unusable()
    .filter(({ approved, byConfiguration }) => approved && byConfiguration)
    .map((tool) => aboutFile(file, told(tool), hintOf(tool, command)));
}

/** Whether nothing that an operator says or does makes the tool usable: only its server can offer another definition. */
function isOfServer({ approved, byConfiguration }: UnusableTool): boolean {
  return !approved && !byConfiguration;
}

/** One finding for each tool that is configured, or was approved, and is not served. */
export function unusableFindings(definitions: Definitions, command: PrintCommand): readonly Finding[] {
  const tools = definitions.unusable().filter((tool) => !isOfServer(tool));
  return tools.map((tool) => ({
    about: `definition ${tool.upstream}/${tool.tool}`,
    fires: false,
    detail: `not served: ${tool.problem}`,
    hint: tool.byConfiguration ? hintOf(tool, command) : '',
  }));
}

/** Logs each tool that is not served once for each reason. @returns what to call when the catalogue may have changed */
export function unusableReporter(definitions: Definitions, logger: Logger): () => void {
  let known: ReadonlySet<string> = new Set();
  return function report() {
    const now = new Map(definitions.unusable().map((tool) => [told(tool), tool]));
    for (const [text, tool] of now) {
      if (known.has(text)) continue;
      if (isOfServer(tool)) logger.warn(`tool not served, and can’t be approved: ${text}`);
      else logger.error(`tool not served: ${text}`);
    }
    known = new Set(now.keys());
  };
}

function told({ upstream, tool, problem }: UnusableTool): string {
  return `${upstream}/${tool}: ${problem}`;
}
