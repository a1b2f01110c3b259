import { execFileSync } from 'node:child_process';
import { cpSync, existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { build, type Metafile } from 'esbuild';

const root = fileURLToPath(new URL('../../../', import.meta.url));

/** What Nest loads for those who installed it; we did not. */
const external = ['@nestjs/microservices', '@nestjs/platform-express', '@nestjs/websockets'].concat(
  ['multipart', 'static', 'view'].map((plugin) => `@fastify/${plugin}`),
);

/** What CommonJS modules expect around them. */
const banner = `import { createRequire as createRequireOfFile } from 'node:module';
const require = createRequireOfFile(import.meta.url), __filename = import.meta.filename, __dirname = import.meta.dirname;`;

const documents = [
  ...['explanation', 'how-to', 'reference', 'tutorial', 'README.md'].map((name) => join('docs', name)),
  join('examples', 'policies'),
];

interface Manifest {
  readonly name: string;
  readonly version: string;
  readonly license?: string;
  readonly optionalDependencies?: Readonly<Record<string, string>>;
}

const manifestOf = (folder: string): Manifest => JSON.parse(readFileSync(join(root, folder, 'package.json'), 'utf8'));

/**
 * Makes the package `sallyport` of what is built: the command line and all that it needs in a few files, so that its
 * installation fetches nothing but, perhaps, Node.
 *
 * @param out the folder for the package's folder and its tarball
 * @returns the path of the tarball
 */
export async function pack(out: string): Promise<string> {
  const folder = join(out, 'package');
  rmSync(folder, { recursive: true, force: true });
  mkdirSync(folder, { recursive: true });
  const { metafile } = await build({
    absWorkingDir: root,
    entryPoints: { main: 'apps/cli/dist/main.js', 'sqlite.worker': 'libs/adapters/sqlite/dist/sqlite.worker.js' },
    outdir: join(folder, 'dist'),
    bundle: true,
    splitting: true,
    keepNames: true,
    metafile: true,
    format: 'esm',
    platform: 'node',
    target: 'node24',
    // Some CommonJS builds ask for their parts in a way that no bundler can follow.
    mainFields: ['module', 'main'],
    logOverride: { 'indirect-require': 'error', 'unsupported-require-call': 'error' },
    banner: { js: banner },
    external,
  });
  const cedar = dirname(
    createRequire(join(root, 'libs/policy/package.json')).resolve('@cedar-policy/cedar-wasm/nodejs'),
  );
  cpSync(join(cedar, 'cedar_wasm_bg.wasm'), join(folder, 'dist/cedar_wasm_bg.wasm'));
  cpSync(join(root, 'apps/cli/bin'), join(folder, 'bin'), { recursive: true });
  // What messages cite, and the policies that the documents name.
  for (const texts of documents) cpSync(join(root, texts), join(folder, texts), { recursive: true });
  for (const file of ['LICENSE', 'apps/cli/README.md'])
    cpSync(join(root, file), join(folder, file.split('/').at(-1) ?? file));
  writeFileSync(join(folder, 'THIRD-PARTY-LICENSES.txt'), licences(metafile));
  writeFileSync(join(folder, 'package.json'), `${JSON.stringify(manifest(), null, 2)}\n`);
  const { filename } = JSON.parse(
    execFileSync('npm', ['pack', '--json', '--pack-destination', out], { cwd: folder, encoding: 'utf8' }),
  )[0];
  return resolve(out, filename);
}

function manifest(): object {
  const { name, version } = manifestOf('apps/cli');
  const { license, optionalDependencies } = manifestOf('.');
  return {
    name,
    version,
    description: 'A guarded gateway between AI agents and MCP servers.',
    license,
    type: 'module',
    bin: { sallyport: 'bin/sallyport.mjs' },
    files: ['bin', 'dist', ...documents, 'THIRD-PARTY-LICENSES.txt'],
    engines: { node: '>=20' },
    optionalDependencies,
  };
}

/** The licences of what stands in the files. */
function licences({ inputs }: Metafile): string {
  const folders = Object.keys(inputs).flatMap((path) => /^.*node_modules\/(@[^/]+\/)?[^/]+/.exec(path)?.[0] ?? []);
  const texts = [...new Set(folders)].map((folder) => {
    const { name, version, license = '' } = manifestOf(folder);
    const file = readdirSync(join(root, folder)).find((entry) => /^(licen[sc]e|copying)/i.test(entry));
    const text = file === undefined ? '' : readFileSync(join(root, folder, file), 'utf8');
    return `${name} ${version} (${license})\n\n${text}`.trim();
  });
  return `${texts.sort().join(`\n\n${'-'.repeat(80)}\n\n`)}\n`;
}

if (import.meta.url === pathToFileURL(process.argv[1] ?? '').href) {
  if (!existsSync(join(root, 'apps/cli/dist/main.js'))) throw new Error('Build first: npm run build');
  process.stdout.write(`${await pack(join(root, 'dist'))}\n`);
}
