import { dirname, normalize } from 'node:path/posix';
import { files, read } from './tree.ts';

/** A statement that takes values from another file. */
interface Import {
  readonly names: readonly string[];
  readonly from: string;
}

interface Project {
  readonly folder: string;
  readonly name: string;
  readonly exports?: Readonly<Record<string, { readonly '@sallyport/source'?: string }>>;
}

const statement = /^(?:import|export) (?!type )(\{[^}]*\}|[^;{}'"]*?) ?from '([^']+)';$/gm;
const sources = new Set(files('**/*.ts'));
const projects = files('**/package.json').map((path): Project => ({
  ...(JSON.parse(read(path)) as Omit<Project, 'folder'>),
  folder: dirname(path),
}));

/** Whether `from` comes to `to` by importing values, through files of their two projects alone. */
export function reaches(from: string, to: string): boolean {
  const within = [projectOf(from), projectOf(to)];
  const seen = new Set([from]);
  for (const path of seen) {
    if (path === to) return path !== from;
    for (const next of importsOf(path).flatMap((one) => targetsOf(path, one)))
      if (sources.has(next) && within.includes(projectOf(next))) seen.add(next);
  }
  return false;
}

/** Types connect nothing that runs, so they are left out. */
function importsOf(path: string): readonly Import[] {
  return [...read(path).matchAll(statement)].map(([, clause = '', from = '']) => ({ names: namesOf(clause), from }));
}

function namesOf(clause: string): readonly string[] {
  const names = clause.split(/[{},]/).map((name) => name.trim());
  return names.filter((name) => name !== '' && !name.startsWith('type ')).map((name) => name.split(' as ')[0] ?? '');
}

/** The files that an import leads to: of a library those behind the names that are taken, not all that its index names. */
function targetsOf(path: string, { names, from }: Import): readonly string[] {
  if (names.length === 0) return [];
  if (from.startsWith('.')) return [normalize(`${dirname(path)}/${from}`)];
  const project = projects.find(({ name }) => from === name || from.startsWith(`${name}/`));
  const entry = project?.exports?.[`.${from.slice(project.name.length)}`]?.['@sallyport/source'];
  if (project === undefined || entry === undefined) return [];
  const index = normalize(`${project.folder}/${entry}`);
  return importsOf(index)
    .filter((one) => one.names.some((name) => names.includes(name)))
    .flatMap((one) => targetsOf(index, one));
}

function projectOf(path: string): string | undefined {
  const around = projects.map(({ folder }) => folder).filter((folder) => path.startsWith(`${folder}/`));
  return around.toSorted((one, other) => other.length - one.length)[0];
}
