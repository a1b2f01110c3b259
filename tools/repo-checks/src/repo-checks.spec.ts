import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, rmSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { files, read, root, sources } from './tree.ts';

const code = sources().filter((path) => !path.endsWith('.spec.ts') && !path.includes('/fixtures/'));
const specs = sources().filter((path) => path.endsWith('.spec.ts'));
const offenders = (paths: readonly string[], wrong: RegExp): string[] => paths.filter((path) => wrong.test(read(path)));

describe('Sallyport', () => {
  it('has no room without a name: no utils, common, shared, helpers, misc', () => {
    expect(files().filter((path) => /(^|\/)(utils?|common|shared|helpers?|misc)(\/|\.ts$)/.test(path))).toEqual([]);
  });

  it('has no file of code over 300 lines', () => {
    expect(code.filter((path) => read(path).split('\n').length > 301)).toEqual([]);
  });

  it('has no main.ts over 40 lines', () => {
    expect(code.filter((path) => /^apps\/.*\/main\.ts$/.test(path) && read(path).split('\n').length > 41)).toEqual([]);
  });

  it('gives no types up', () => {
    expect(
      offenders(
        code.filter((path) => path.endsWith('.ts')),
        /\bas any\b|as unknown as|: any\b|@ts-ignore|@ts-nocheck/,
      ),
    ).toEqual([]);
  });

  it('skips no test, and singles none out', () => {
    expect(offenders(specs, /\b(it|test|describe)\.(skip|only|todo)\b|\bx(it|describe)\(/)).toEqual([]);
  });

  it('leaves nothing for later in the code', () => {
    expect(offenders(code, /\b(TODO|FIXME|HACK)\b/)).toEqual([]);
  });

  it('reads process.env in one file of the libraries', () => {
    const readers = offenders(
      code.filter((path) => path.startsWith('libs/') && !path.startsWith('libs/testing/')),
      /process\.env/,
    );
    expect(readers).toEqual(['libs/config/src/load-config.ts']);
  });

  it('gives every guard and sanitizer a folder with its definition, its cases and a README', () => {
    for (const [lib, role] of [
      ['guards', 'guard'],
      ['sanitizers', 'sanitizer'],
    ] as const) {
      const definitions = files().filter((path) => path.startsWith(`libs/${lib}/src/`) && path.endsWith(`.${role}.ts`));
      expect(definitions.length).toBeGreaterThan(5);
      for (const path of definitions) {
        const folder = path.slice(0, path.lastIndexOf('/'));
        const id = folder.slice(folder.lastIndexOf('/') + 1);
        expect(path).toBe(`${folder}/${id}.${role}.ts`);
        for (const needed of [`${id}.cases.yaml`, 'README.md'])
          expect([`${folder}/${needed}`, existsSync(resolve(root, folder, needed))]).toEqual([
            `${folder}/${needed}`,
            true,
          ]);
      }
    }
  });

  it('imports from a guard’s folder there and in the list alone', () => {
    const source = 'libs/guards/src/';
    const ids = files().flatMap((path) =>
      path.startsWith(source) && path.endsWith('/README.md') ? [path.slice(source.length, -'/README.md'.length)] : [],
    );
    const others = code.filter((path) => path.startsWith(source) && path !== `${source}guards.ts`);
    const intruders = others.filter((path) =>
      ids.some((id) => !path.startsWith(`${source}${id}/`) && new RegExp(`from '\\.\\.?/${id}/`).test(read(path))),
    );
    expect(ids.length).toBeGreaterThan(4);
    expect(intruders).toEqual([]);
  });

  it('gives every library a README: purpose, files in reading order, what must never happen', () => {
    const libraries = files().flatMap((path) => /^(libs\/.*)\/package\.json$/.exec(path)?.[1] ?? []);
    expect(libraries.length).toBeGreaterThan(20);
    const poor = libraries.filter((library) => {
      const text = existsSync(resolve(root, library, 'README.md')) ? read(`${library}/README.md`) : '';
      return !/^# .+\n\n[A-Z]/.test(text) || !/^\| `[\w./-]+(\.ts|\/)`/m.test(text) || !/must never happen/.test(text);
    });
    expect(poor).toEqual([]);
  });

  it('names no file in the README of a library that is not there', () => {
    const readmes = files().filter((path) => /^libs\/.*README\.md$/.test(path) && existsSync(resolve(root, path)));
    const missing = readmes.flatMap((path) => {
      const folder = resolve(root, path, '..');
      return [...read(path).matchAll(/`((?:[\w.-]+\/)*[\w.-]+\.(?:ts|json|ya?ml)|(?:[\w-]+\/)+)`/g)]
        .map(([, name = '']) => name)
        .filter((name) => ![folder, resolve(folder, 'src'), root].some((base) => existsSync(resolve(base, name))))
        .map((name) => `${path}: ${name}`);
    });
    expect(missing).toEqual([]);
  });

  it('has an index.ts where a library is entered, and no barrel within', () => {
    const entries = new Set(
      files()
        .filter((path) => /^libs\/.*\/package\.json$/.test(path))
        .flatMap((path) => {
          const { exports } = JSON.parse(read(path)) as { exports: Record<string, { '@sallyport/source': string }> };
          return Object.values(exports).map(({ '@sallyport/source': source }) => join(dirname(path), source));
        }),
    );
    const barrels = files().filter(
      (path) =>
        /^libs\/.*\/index\.ts$/.test(path) && !entries.has(path) && path !== 'libs/contracts/src/events/index.ts',
    );
    expect(entries.size).toBeGreaterThan(20);
    expect(barrels).toEqual([]);
  });

  it('names no registry in the lockfile and no path of one machine', () => {
    expect(read('package-lock.json')).not.toMatch(/"resolved": *"http/);
    expect(
      offenders(
        files().filter((path) => /\.(ts|mjs|js|json|ya?ml|md|sh)$/.test(path)),
        /\/(work|farm)\/|\/home\/[a-z]+\//,
      ),
    ).toEqual([]);
  });
});

describe('the layers', () => {
  it('refuse a forbidden import, also without a cached project graph', () => {
    rmSync(resolve(root, '.nx'), { recursive: true, force: true });
    const lint = spawnSync(
      process.execPath,
      ['node_modules/eslint/bin/eslint.js', '--stdin', '--stdin-filename', 'libs/pipeline/src/canary.ts'],
      {
        cwd: root,
        input: "import '@nestjs/core';\n",
        encoding: 'utf8',
        env: { ...process.env, NODE_OPTIONS: '', NX_DAEMON: 'false', NX_NO_CLOUD: 'true' },
      },
    );
    expect(lint.status).toBe(1);
    expect(lint.stdout).toContain('@nx/enforce-module-boundaries');
  }, 60_000);

  it('are drawn in the manifests: a domain library depends on contracts and the journal alone', () => {
    type Manifest = { name: string; nx?: { tags?: string[] }; dependencies?: Record<string, string> };
    const manifests = files()
      .filter((one) => /^libs\/[^/]+\/package\.json$/.test(one))
      .map((path) => JSON.parse(read(path)) as Manifest);
    const of = (layer: string): Manifest[] => manifests.filter(({ nx }) => nx?.tags?.includes(`layer:${layer}`));
    const below = [...of('contracts'), ...of('journal')].map(({ name }) => name);
    for (const { name, dependencies = {} } of of('domain')) {
      const own = Object.keys(dependencies).filter((one) => one.startsWith('@sallyport/'));
      expect([name, own.filter((one) => !below.includes(one))]).toEqual([name, []]);
    }
  });

  it('are in CONTRIBUTING.md as lint has them, with every library', () => {
    const page = read('CONTRIBUTING.md');
    const layers = [...read('eslint.config.mjs').matchAll(/^ {2}layer\('([a-z]+)', \[([^\]]*)\]/gm)].map(
      ([, name = '', to = '']) => [name, to.replaceAll("'", '')],
    );
    expect(layers.length).toBeGreaterThan(5);
    const cells = (row: string): string[] => row.split('|').map((cell) => cell.trim());
    const rows = page.split('\n').map(cells);
    for (const [name, to] of layers) {
      const says = { '': 'nothing', '*': 'anything' }[String(to)] ?? to;
      expect(rows.find(([, layer]) => layer === name)?.[3]).toBe(says);
    }
    const libraries = files().flatMap((path) => /^libs\/([^/]+)\/package\.json$/.exec(path)?.[1] ?? []);
    expect(libraries.filter((name) => !page.includes(`\n  ${name}/ `))).toEqual([]);
  });

  it('run on Node 24', () => {
    expect(execFileSync(process.execPath, ['--version'], { encoding: 'utf8' })).toMatch(/^v2[4-9]\./);
  });
});
