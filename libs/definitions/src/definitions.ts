import type { Catalog, CatalogTool, Digest, EventData, JsonObject, ToolState } from '@sallyport/contracts';
import { type Board, type BoardParts, createBoard, type Offer, PinMoved } from './board.ts';
import type { CompileSchemas } from './catalog-tool.ts';
import { type CheckShelf, type Configured, createCheckShelf } from './checks.ts';
import { type Copy, type Pin, stateOf } from './pin.ts';
import { bySkeleton, type Neighbours, warningsOf } from './warnings.ts';

export interface DefinitionParts extends BoardParts {
  readonly compile: CompileSchemas;
}

/** One pinned definition as a person sees it. */
export interface DefinitionView {
  readonly upstream: string;
  readonly tool: string;
  readonly state: ToolState;
  readonly approved: JsonObject | null;
  readonly offered: JsonObject | null;
  readonly approvedDigest: Digest | null;
  readonly offeredDigest: Digest | null;
  readonly warnings: readonly string[];
  /** Why the offered definition can't be used at all; null when it can. */
  readonly problem: string | null;
}

export interface ApproveRequest {
  readonly upstream: string;
  readonly tool: string;
  /** Digest of the offered copy that the person looked at. */
  readonly digest: Digest;
  readonly by: { readonly ref: string; readonly issuer: string };
}

export type ApproveAnswer =
  | { readonly ok: true }
  | { readonly ok: false; readonly reason: 'unknown' | 'changed' | 'unusable'; readonly detail: string };

/** Pinned tool definitions: what upstreams offer, what people approved, and the catalogue made of both. */
export interface Definitions {
  readonly catalog: Catalog;
  /** Takes up what the journal has that was not read yet: before anything else, and to see what other processes recorded. */
  catchUp(): Promise<void>;
  /** Takes the configuration that is valid from now on. */
  configure(upstreams: Configured): void;
  /** Takes what an upstream offers now. New and changed tools are recorded; a first use is approved where so configured. */
  offer(upstream: string, tools: readonly JsonObject[]): Promise<void>;
  approve(request: ApproveRequest): Promise<ApproveAnswer>;
  list(): readonly DefinitionView[];
}

/** Builds the pins over the journal. */
export function createDefinitions({ compile, ...parts }: DefinitionParts): Definitions {
  const board = createBoard(parts);
  const shelf = createCheckShelf(compile);
  const catalog = createCatalog(() => shelf.tools(board.all()));
  return {
    catalog,
    async catchUp() {
      if (await board.catchUp()) catalog.changed();
    },
    configure(upstreams) {
      shelf.configure(upstreams);
      catalog.changed();
    },
    async offer(upstream, tools) {
      const offer = board.note(upstream, tools);
      const withdrawn = await readingAgain(board, () => takeOffer({ board, shelf, house: parts.house }, offer));
      if (offer.changed || withdrawn > 0) catalog.changed();
    },
    async approve(request) {
      const answer = await readingAgain(board, () => approve({ board, shelf, house: parts.house }, request));
      if (answer.ok) catalog.changed();
      return answer;
    },
    list() {
      const of = neighboursOf(board);
      const shown = board.all().filter(({ upstream }) => shelf.configured(upstream) !== undefined);
      return shown.map((pin) => viewOf(shelf, pin, pinWarnings(pin, of)));
    },
  };
}

/** How often an act is tried when another process's event came first. */
const tries = 3;

/** Does something on the pins; where one has moved, what moved it is read first, and then it is done anew. */
async function readingAgain<T>(board: Board, act: () => Promise<T>, left = tries): Promise<T> {
  try {
    return await act();
  } catch (error) {
    if (!(error instanceof PinMoved) || left <= 1) throw error;
    await board.catchUp();
    return readingAgain(board, act, left - 1);
  }
}

interface Desk {
  readonly board: Board;
  readonly shelf: CheckShelf;
  readonly house: string;
}

/** Takes an offer in; resolves with how many tools it no longer holds. */
async function takeOffer(desk: Desk, { upstream, tools }: Offer): Promise<number> {
  const { board, house } = desk;
  const known = board.all().filter((pin) => pin.upstream === upstream);
  const of = neighboursOf(board);
  for (const pin of known.filter(({ tool }) => tools.has(tool))) await takeTool(desk, pin, of);
  const gone = known.filter(
    ({ tool, offered, recorded }) => !tools.has(tool) && (offered !== null || recorded !== null),
  );
  for (const pin of gone) await board.record(pin, 'definition.withdrawn', { tenant: house, upstream, tool: pin.tool });
  return gone.length;
}

/** Puts a new or changed definition on record, once; approves it where a first use may and nothing speaks against it. */
async function takeTool(desk: Desk, pin: Pin, of: ReturnType<typeof neighboursOf>): Promise<void> {
  const { board, house } = desk;
  const { upstream, tool, offered, approved } = pin;
  if (offered === null || pin.recorded === offered.digest || approved?.digest === offered.digest) return;
  if (approved === null && mayTrust(desk, pin, of)) {
    await board.record(pin, 'definition.approved', approval(desk, { pin, copy: offered, by: null }));
    return;
  }
  const state = approved === null ? 'unapproved' : 'drifted';
  await board.record(pin, 'definition.offered', { tenant: house, upstream, tool, digest: offered.digest, state });
}

function mayTrust({ shelf }: Desk, pin: Pin, of: ReturnType<typeof neighboursOf>): boolean {
  const trusting = shelf.configured(pin.upstream)?.definitions === 'trust_on_first_use';
  return trusting && shelf.problemOf(pin) === null && pinWarnings(pin, of).length === 0;
}

async function approve(desk: Desk, { upstream, tool, digest, by }: ApproveRequest): Promise<ApproveAnswer> {
  const pin = desk.board.get(upstream, tool);
  const copy = pin?.offered ?? null;
  if (pin === undefined || copy === null)
    return { ok: false, reason: 'unknown', detail: `${upstream} offers no tool ${tool}.` };
  if (copy.digest !== digest)
    return { ok: false, reason: 'changed', detail: 'The definition changed since you looked at it. Look again.' };
  const problem = desk.shelf.problemOf(pin);
  if (problem !== null) return { ok: false, reason: 'unusable', detail: problem };
  await desk.board.record(pin, 'definition.approved', approval(desk, { pin, copy, by }));
  return { ok: true };
}

function approval(
  { house }: Desk,
  { pin, copy, by }: { pin: Pin; copy: Copy; by: ApproveRequest['by'] | null },
): EventData['definition.approved'] {
  const { upstream, tool, approved } = pin;
  const how = by === null ? 'first_use' : 'approved';
  return {
    tenant: house,
    upstream,
    tool,
    ...copy,
    previous: approved?.digest ?? null,
    how,
    by: by === null ? null : { ...by },
  };
}

/** The neighbours of each upstream's tools, each upstream prepared once. */
function neighboursOf(board: Board): (upstream: string) => Neighbours {
  const all = board.all();
  const known = new Map<string, Neighbours>();
  return function of(upstream) {
    const ready = known.get(upstream);
    if (ready !== undefined) return ready;
    const offered = all.filter((pin) => pin.upstream === upstream && pin.offered !== null);
    const foreign = all.filter((pin) => pin.upstream !== upstream);
    const made = {
      siblings: bySkeleton(offered.map(({ tool }) => tool)),
      foreign: new Set(foreign.map((pin) => `${pin.upstream}__${pin.tool}`)),
    };
    known.set(upstream, made);
    return made;
  };
}

function pinWarnings({ upstream, offered, approved }: Pin, of: ReturnType<typeof neighboursOf>): readonly string[] {
  const copy = offered ?? approved;
  return copy === null ? [] : warningsOf(copy.definition, of(upstream));
}

function viewOf(shelf: CheckShelf, pin: Pin, warnings: readonly string[]): DefinitionView {
  const { upstream, tool, approved, offered } = pin;
  return {
    upstream,
    tool,
    state: stateOf(pin),
    approved: approved?.definition ?? null,
    offered: offered?.definition ?? null,
    approvedDigest: approved?.digest ?? null,
    offeredDigest: offered?.digest ?? null,
    warnings,
    problem: shelf.problemOf(pin),
  };
}

function createCatalog(make: () => readonly CatalogTool[]): Catalog & { changed(): void } {
  let version = 0;
  let tools: readonly CatalogTool[] = [];
  let byName = new Map<string, CatalogTool>();
  return {
    get version() {
      return version;
    },
    all: () => tools,
    find: (upstream, tool) => byName.get(`${upstream}/${tool}`),
    changed() {
      version += 1;
      tools = make();
      byName = new Map(tools.map((tool) => [`${tool.upstream}/${tool.name}`, tool]));
    },
  };
}
