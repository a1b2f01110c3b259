import type { JsonObject } from '@sallyport/contracts';
import { admin, type AdminAnswer } from './admin.ts';
import { operatorToken } from './record.ts';
import { makeScratch, type Scratch, type ScratchParts } from './scratch.ts';
import { type Behaviour, type ScriptedUpstream, startScriptedUpstream } from './scripted-upstream.ts';
import { type Ran, runCli, type RunningSallyport, startSallyport, type StartOptions } from './start-sallyport.ts';

/** An instance for the tests of one block, there from its `beforeAll` on. */
export class Served {
  scratch!: Scratch;
  sallyport!: RunningSallyport;

  readonly #options: StartOptions | undefined;

  constructor(options?: StartOptions) {
    this.#options = options;
  }

  /** Has Sallyport run in that folder. */
  async start(scratch: Scratch): Promise<void> {
    this.scratch = scratch;
    this.sallyport = await startSallyport(scratch, this.#options);
  }

  /** Ends Sallyport and starts it again over the same data. */
  async restart(signal?: NodeJS.Signals): Promise<void> {
    await this.sallyport.stop(signal);
    await this.start(this.scratch);
  }

  /** Has the configuration taken as it is now, and every upstream asked what it offers. */
  reload(): Promise<AdminAnswer> {
    return admin(this.sallyport, operatorToken(this.scratch.data), ['POST', '/reload']);
  }

  /** Runs one command of the command line against it. */
  cli(...args: readonly string[]): Promise<Ran> {
    const { directory, config } = this.scratch;
    return runCli([...args, '--url', this.sallyport.url, '--config', config], { cwd: directory });
  }
}

export class ServedScripted extends Served {
  upstream!: ScriptedUpstream;
}

export interface ScriptedParts extends Omit<ScratchParts, 'config'> {
  readonly tools?: JsonObject[];
  readonly behaviour?: Behaviour;
  /** The configuration, given the upstream's address. */
  readonly config?: (url: string) => object;
}

/** A configuration with the one upstream `up`, whose tools are approved as they are first offered. */
export function trusted(url: string, more: object = {}) {
  return { upstreams: { up: { url, definitions: 'trust_on_first_use' as const, ...more } } };
}

/** Has Sallyport run in a scratch folder for the tests of this block, and removes both after them. */
export function serve(make: () => Scratch, options?: StartOptions): Served {
  return serving(new Served(options), make);
}

/** The same with a scripted upstream behind it. */
export function serveScripted({ tools, behaviour, config = trusted, ...parts }: ScriptedParts = {}): ServedScripted {
  const served = new ServedScripted();
  beforeAll(async () => void (served.upstream = await startScriptedUpstream(tools, behaviour)));
  serving(served, () => makeScratch({ ...parts, config: config(served.upstream.url) }));
  afterAll(() => served.upstream.close());
  return served;
}

function serving<Kind extends Served>(served: Kind, make: () => Scratch): Kind {
  beforeAll(() => served.start(make()));
  // What did not start is not there.
  afterAll(async () => {
    await (served.sallyport as RunningSallyport | undefined)?.stop();
    (served.scratch as Scratch | undefined)?.remove();
  });
  return served;
}
