import type { Finding } from '@sallyport/contracts';
import type { Definitions, UnusableTool } from '@sallyport/definitions';
import type { Logger } from '@sallyport/service';
import { commandName } from '@sallyport/base';
import type { FileProblem, LoadedConfig } from '@sallyport/config';

const hint = `Change it in upstreams.<id>.tools, or in the section that the problem names; \`${commandName(process)} definitions show <upstream>/<tool>\` prints the schema.`;

/**
 * What the configuration says of approved tools that their schemas don't have: no configuration to start with. A tool that nobody
 * approved yet is no reason not to start, since then its upstream could keep us from it; it is not served.
 */
export function configuredProblems(definitions: Definitions, { file }: LoadedConfig): readonly FileProblem[] {
  return definitions
    .unusable()
    .filter(({ approved, byConfiguration }) => approved && byConfiguration)
    .map((tool) => ({ file, line: 1, column: 1, message: told(tool), hint }));
}

/** One finding for each configured tool that is not served. */
export function unusableFindings(definitions: Definitions): readonly Finding[] {
  return definitions.unusable().map((tool) => ({
    about: `definition ${tool.upstream}/${tool.tool}`,
    fires: false,
    detail: `not served: ${tool.problem}`,
    hint: tool.byConfiguration ? hint : '',
  }));
}

/** Logs each tool that is not served once for each reason. @returns what to call when the catalogue may have changed */
export function unusableReporter(definitions: Definitions, logger: Logger): () => void {
  let known: ReadonlySet<string> = new Set();
  return function report() {
    const now = definitions.unusable().map(told);
    for (const text of now) if (!known.has(text)) logger.error(`tool not served: ${text}`);
    known = new Set(now);
  };
}

function told({ upstream, tool, problem }: UnusableTool): string {
  return `${upstream}/${tool}: ${problem}`;
}
