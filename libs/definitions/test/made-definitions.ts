import { type ConfigInput, configSchema, type JsonObject } from '@sallyport/contracts';
import { createDefinitions } from '../src/index.ts';
import { recordingJournal } from './recording-journal.ts';

/** A configuration that the schema read. */
export const configured = (input: ConfigInput) => ({ ...configSchema.parse(input), numbers: [] });

type DeclaredProblem = Parameters<typeof createDefinitions>[0]['declaredProblem'];

/** What the configuration says of tools stops fitting once one is described so. */
const renamed: DeclaredProblem = ({ tool, definition, definitionOf }) =>
  definition['description'] === 'Renamed.' || definitionOf('resolve')?.['description'] === 'Renamed.'
    ? `resources: /id is not in ${tool}`
    : null;

/** Definitions of an upstream `shop`, over a journal in memory. */
export function systemTenant(
  definitions: 'pinned' | 'trust_on_first_use',
  journal = recordingJournal(),
  declaredProblem: DeclaredProblem = renamed,
) {
  let next = 0;
  const made = createDefinitions({
    journal,
    clock: { now: () => 0, monotonic: () => 0 },
    ids: { ulid: () => String((next += 1)), random: () => 'x' },
    compile: ({ definition }) => ({
      ok: true,
      checkInput: () => [],
      fit: (args) => ({ arguments: args, leftOut: 0 }),
      checkOutput: null,
      enforced: definition,
      leftOut: [],
    }),
    declaredProblem,
    valuesOf: (values) => ({ values, undeclared: [] }),
    systemTenant: '_system',
  });
  made.configure(configured({ upstreams: { shop: { command: ['shop'], definitions } } }));
  return { made, journal };
}

/** A tool as a server offers it. */
export const tool = (name: string, description = 'Does it.'): JsonObject => ({
  name,
  description,
  inputSchema: { type: 'object' },
});
