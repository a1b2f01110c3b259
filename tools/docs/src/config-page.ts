import { completeConfigSchema } from '@sallyport/guards';
import { describe, type Described, type Shape } from './describe-schema.ts';
import { code, table } from './markdown.ts';

interface Place {
  /** As people write it: `upstreams.<id>.tools.<tool>`. */
  readonly path: string;
  readonly described: Described;
}

/** `docs/reference/configuration.md`, from the schema that checks the file. */
export function configPage(): string {
  const top: Described = { ...describe(completeConfigSchema), description: '' };
  return [intro, ...sections({ path: '', described: top })].join('\n\n');
}

const intro = `# Configuration

<!-- Written by \`npm run docs\` from libs/contracts/src/config and the guards. Change it there. -->

\`sallyport.yaml\`, whole. Only \`upstreams\` has no default. An unknown key is an error that names its nearest neighbour and
the line. Relative paths start from the folder of the file. The file, the policies and the development users are reloaded
when they change ([what is not](../how-to/reload-configuration.md)); what can't be used is refused, and the last good state stays.

| kind of value | written as |
| --- | --- |
| duration | a whole number and \`ms\`, \`s\`, \`min\` (or \`m\`), \`h\`, \`day\` (or \`d\`): \`250ms\`, \`10min\` |
| rate | a count per \`s\`, \`min\`, \`h\` or \`day\`, or per several of them: \`60/min\`, \`3/10s\` |
| JSON Pointer | RFC 6901: \`/structuredContent/customer\` |`;

function sections(place: Place): string[] {
  const { path, described } = place;
  const { shapes } = described;
  const own = shapes.length > 1 ? forms(path, shapes) : tableOf(path, shapes[0] ?? {});
  const heading = path === '' ? '## Top level' : `## ${code(path)}`;
  const text = [heading, described.description, own].filter((part) => part !== '').join('\n\n');
  const below = [...membersOf(shapes)].flatMap(([name, member]) =>
    worthSection(member) ? sections({ path: pathOf(path, name, member), described: member }) : [],
  );
  return [text, ...below];
}

/** A value of several forms: what all have in common, then each form by the keys that only it has. */
function forms(path: string, shapes: readonly Shape[]): string {
  const inAll = (name: string): boolean => shapes.every((shape) => name in shape);
  const common = Object.fromEntries(Object.entries(shapes[0] ?? {}).filter(([name]) => inAll(name)));
  const parts = shapes.map((shape) => {
    const own = Object.fromEntries(Object.entries(shape).filter(([name]) => !inAll(name)));
    return `### ${code(path)} with ${code(Object.keys(own)[0] ?? '')}\n\n${tableOf(path, own)}`;
  });
  return [`In every form:\n\n${tableOf(path, common)}`, ...parts].join('\n\n');
}

function tableOf(path: string, shape: Shape): string {
  const rows = Object.entries(shape).map(([name, schema]) => {
    const described = describe(schema);
    const { type, fallback, required, description } = described;
    const standard = required ? '**required**' : fallback === null ? '' : code(fallback);
    const link = worthSection(described) ? `[Members](#${anchorOf(pathOf(path, name, described))}).` : '';
    return [code(name), type, standard, [description, link].filter((part) => part !== '').join(' ')];
  });
  return table(['key', 'value', 'default', 'what it does'], rows);
}

function membersOf(shapes: readonly Shape[]): ReadonlyMap<string, Described> {
  return new Map(shapes.flatMap((shape) => Object.entries(shape)).map(([name, schema]) => [name, describe(schema)]));
}

/** As GitHub makes it of a heading. */
function anchorOf(path: string): string {
  return path.toLowerCase().replaceAll(/[^\p{L}\p{N}_-]/gu, '');
}

/** Objects whose members have something said of them get a section; `{ claim }` is clear as it stands. */
function worthSection({ shapes }: Described): boolean {
  return shapes.some((shape) => Object.values(shape).some((schema) => describe(schema).description !== ''));
}

function pathOf(path: string, name: string, { type }: Described): string {
  const below = type.startsWith('list') ? '[]' : type.startsWith('map') ? `.<${name === 'tools' ? 'tool' : 'id'}>` : '';
  return `${path === '' ? '' : `${path}.`}${name}${below}`;
}
