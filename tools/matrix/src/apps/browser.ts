import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type Browser, chromium, type LaunchOptions } from 'playwright-core';

/** A browser without a window, and what removes it. */
export interface OpenBrowser {
  readonly browser: Browser;
  close(): Promise<void>;
}

/**
 * Starts Chromium: on Linux the one that the package `@sparticuz/chromium` brings with all its libraries, so that nothing has to be
 * installed; elsewhere the Chrome of the machine. Null where there is none, which is said.
 */
export async function openBrowser(): Promise<OpenBrowser | null> {
  const folder = mkdtempSync(join(tmpdir(), 'sallyport-browser-'));
  const remove = (): void => rmSync(folder, { recursive: true, force: true, maxRetries: 3 });
  try {
    const isPackaged = process.platform === 'linux' && process.arch === 'x64';
    const browser = await chromium.launch(isPackaged ? await packaged(folder) : { channel: 'chrome' });
    return { browser, close: () => browser.close().finally(remove) };
  } catch (fault) {
    remove();
    process.stderr.write(`No browser, so that nothing is drawn: ${String(fault)}\n`);
    return null;
  }
}

/** Unpacks it there; it looks for its folder, and whether it needs its libraries, in the environment. */
async function packaged(folder: string): Promise<LaunchOptions> {
  const { TMPDIR, AWS_EXECUTION_ENV, LD_LIBRARY_PATH, FONTCONFIG_PATH } = process.env;
  Object.assign(process.env, { TMPDIR: folder, AWS_EXECUTION_ENV: 'AWS_Lambda_nodejs24.x' });
  try {
    const { default: build } = await import('@sparticuz/chromium');
    const executablePath = await build.executablePath();
    return { executablePath, env: { ...process.env }, args: ['--no-sandbox', '--no-zygote'] };
  } finally {
    for (const [name, value] of Object.entries({ TMPDIR, AWS_EXECUTION_ENV, LD_LIBRARY_PATH, FONTCONFIG_PATH }))
      if (value === undefined) delete process.env[name];
      else process.env[name] = value;
  }
}
